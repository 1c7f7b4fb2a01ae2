// SPDX-License-Identifier: GPL-2.0
/*
 * instance.c - load one program several times, each time changed by a callback.
 *
 * perf used bpf_program__set_prep() to put code that fetches arguments in front of a
 * probe.  With libbpf 1.0 a program loads the object, changes a copy of the
 * instructions from bpf_program__insns(), and calls bpf_prog_load(), as is done here.
 * So here, unlike in 0.x, the unchanged program is loaded, too, and must pass the
 * verifier.  bpf_program__attach*() attach the unchanged program: to attach an instance,
 * use the file descriptor from bpf_program__nth_fd().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

static struct compat_note *make_instances(struct bpf_program *prog, int cnt)
{
	struct compat_note *note = compat_note_new(prog);
	int *fds = malloc(cnt * sizeof(*fds));

	if (!note || !fds) {
		free(fds);
		return NULL;
	}
	memset(fds, -1, cnt * sizeof(*fds));
	note->fds = fds;
	note->instances = cnt;
	return note;
}

static int load(struct bpf_program *prog, const struct bpf_insn *insns, size_t cnt,
		const char *license, __u32 kern_version)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = bpf_program__expected_attach_type(prog),
		.prog_flags = bpf_program__flags(prog),
		.log_level = bpf_program__log_level(prog),
		.kern_version = kern_version);

	return bpf_prog_load(bpf_program__type(prog), bpf_program__name(prog), license,
			     insns, cnt, &opts);
}

int bpf_program__set_prep(struct bpf_program *prog, int cnt, bpf_program_prep_t prep)
{
	struct compat_note *note = compat_note(prog);

	if (cnt <= 0 || !prep || (note && note->instances) || bpf_program__fd(prog) >= 0)
		return -EINVAL;
	note = make_instances(prog, cnt);
	if (!note)
		return -ENOMEM;
	note->prep = prep;
	return 0;
}

static int load_instances(struct bpf_program *prog, struct compat_note *note, __u32 kern_version)
{
	const size_t size = bpf_program__size(prog);
	struct bpf_prog_info info = {};
	struct bpf_insn *insns;
	__u32 len = sizeof(info);
	int err;

	/* libbpf does not tell the license; the kernel tells if it is compatible. */
	err = bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len);
	insns = malloc(size);
	if (!err && !insns)
		err = -ENOMEM;
	for (int i = 0; !err && i < note->instances; i++) {
		struct bpf_prog_prep_result result = {};

		memcpy(insns, bpf_program__insns(prog), size);
		err = note->prep(prog, i, insns, size / sizeof(*insns), &result);
		if (!err && result.new_insn_ptr && result.new_insn_cnt) {
			err = load(prog, result.new_insn_ptr, result.new_insn_cnt,
				   info.gpl_compatible ? "GPL" : "", kern_version);
			note->fds[i] = err;
			err = err < 0 ? err : 0;
		}
		if (!err && result.pfd)
			*result.pfd = note->fds[i];
	}
	free(insns);
	return err;
}

int compat_bpf_object__load(struct bpf_object *obj)
{
	struct bpf_program *prog;
	int err = bpf_object__load(obj);

	if (err)
		return err;
	bpf_object__for_each_program(prog, obj) {
		struct compat_note *note = compat_note(prog);

		if (!note || !note->prep || bpf_program__fd(prog) < 0)
			continue;
		err = load_instances(prog, note, bpf_object__kversion(obj));
		if (err) {
			compat_warn("libbpf-compat: %s: cannot load an instance: %s\n",
				    bpf_program__name(prog), strerror(-err));
			bpf_object__unload(obj);
			return err;
		}
	}
	return 0;
}

/*
 * Loads a program before its object is loaded, so the program cannot use maps, and cannot
 * be of a type that attaches to a function by BTF.  Now: bpf_object__load(), after
 * bpf_program__set_autoload(prog, false) for the other programs.
 */
int bpf_program__load(struct bpf_program *prog, const char *license, __u32 kern_version)
{
	struct compat_note *note = compat_note(prog);
	int fd;

	if (bpf_program__fd(prog) >= 0 || (note && note->prep))
		return -EINVAL;
	fd = load(prog, bpf_program__insns(prog), bpf_program__insn_cnt(prog), license,
		  kern_version);
	if (fd < 0)
		return fd;
	if (!note || !note->fds)
		note = make_instances(prog, 1);
	else
		close(note->fds[0]);
	if (!note) {
		close(fd);
		return -ENOMEM;
	}
	note->fds[0] = fd;
	return 0;
}

int bpf_program__nth_fd(const struct bpf_program *prog, int n)
{
	struct compat_note *note = prog ? compat_note(prog) : NULL;

	if (!prog || n < 0 || n >= (note && note->instances ? note->instances : 1))
		return -EINVAL;
	if (!note || !note->instances)
		return bpf_program__fd(prog);
	return note->fds[n] < 0 ? -ENOENT : note->fds[n];
}

int compat_bpf_program__fd(const struct bpf_program *prog)
{
	return bpf_program__nth_fd(prog, 0);
}

int bpf_program__pin_instance(struct bpf_program *prog, const char *path, int instance)
{
	int fd = bpf_program__nth_fd(prog, instance);

	if (fd < 0 || !path)
		return -EINVAL;
	return bpf_obj_pin(fd, path);
}

int bpf_program__unpin_instance(struct bpf_program *prog, const char *path, int instance)
{
	if (bpf_program__nth_fd(prog, instance) < 0 || !path)
		return -EINVAL;
	return unlink(path) ? -errno : 0;
}

/*
 * Frees the programs and maps in the kernel, but not @obj, which could not be loaded a
 * second time.  Now: bpf_object__close(), as there is nothing else to do with @obj.
 * libbpf will close the descriptors of the maps, so they stay open; but they are
 * redirected to a file that is no map, so that bpf(2) returns -EBADF for them.
 */
int bpf_object__unload(struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int none;

	if (!obj)
		return -EINVAL;
	none = open("/", O_PATH | O_CLOEXEC);
	if (none < 0)
		return -errno;
	bpf_object__for_each_map(map, obj)
		if (bpf_map__fd(map) >= 0)
			dup3(none, bpf_map__fd(map), O_CLOEXEC);
	close(none);
	bpf_object__for_each_program(prog, obj) {
		struct compat_note *note = compat_note(prog);

		for (int i = 0; note && i < note->instances; i++) {
			if (note->fds[i] >= 0)
				close(note->fds[i]);
			note->fds[i] = -1;
		}
		bpf_program__unload(prog);
	}
	return 0;
}
