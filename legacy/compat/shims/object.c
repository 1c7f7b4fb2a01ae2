// SPDX-License-Identifier: GPL-2.0
/*
 * object.c - open and load an object as libbpf 0.x did, SEC("maps") and all.
 *
 * No function of libbpf >= 1.0 opens an object with SEC("maps").  So the object is read
 * into memory, rewritten by maps2btf() and opened from memory, with the name that 0.x
 * would have given to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compat.h"
#include "maps2btf/maps2btf.h"
#include "maps2btf/sections.h"

/* libbpf's name of an object: the name of its file, up to the first dot. */
static void name_of(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');

	snprintf(name, size, "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = 0;
}

/* Sets the types of programs in sections that 1.0 does not know: see sections.c. */
static void set_types(struct bpf_object *obj, int attach_prog_fd)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		const struct compat_section *section;
		enum bpf_prog_type type = bpf_program__type(prog);

		/* In 0.x the target to replace or trace was an option of open. */
		if (attach_prog_fd && (type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_EXT))
			bpf_program__set_attach_target(prog, attach_prog_fd, NULL);
		if (type != BPF_PROG_TYPE_UNSPEC || compat_strict(LIBBPF_STRICT_SEC_NAME))
			continue;
		section = compat_section(bpf_program__section_name(prog));
		if (!section)
			continue;
		bpf_program__set_type(prog, section->type);
		bpf_program__set_expected_attach_type(prog, section->attach);
	}
}

/* All options: those that a caller with a shorter struct does not know are 0. */
static struct compat_bpf_object_open_opts full(const struct compat_bpf_object_open_opts *opts)
{
	struct compat_bpf_object_open_opts all = {};

	if (opts)
		memcpy(&all, opts, opts->sz < sizeof(all) ? opts->sz : sizeof(all));
	return all;
}

/*
 * Fills in the options of libbpf 1.x.  They are not returned by value: a copy may not
 * copy the padding between members, which libbpf requires to be 0.
 */
static void now(struct bpf_object_open_opts *opts, const struct compat_bpf_object_open_opts *then)
{
	memset(opts, 0, sizeof(*opts));
	opts->sz = sizeof(*opts);
	opts->object_name = then->object_name;
	opts->relaxed_maps = then->relaxed_maps;
	opts->pin_root_path = then->pin_root_path;
	opts->kconfig = then->kconfig;
	opts->btf_custom_path = then->btf_custom_path;
	opts->kernel_log_buf = then->kernel_log_buf;
	opts->kernel_log_size = then->kernel_log_size;
	opts->kernel_log_level = then->kernel_log_level;
}

struct converted {
	void *data;
	size_t size;
	bool renamed;
};

/*
 * Converts an object into *@new.  If strict mode asks libbpf to refuse SEC("maps"),
 * *@new is a copy of @buf.
 *
 * A definition may be longer than libbpf's own, as iproute2's is.  If maps are
 * @relaxed, only the fields that 0.x knew are used, as in 0.x.  If not, 0.x refused
 * other fields that were set (-EINVAL).  Here they have their loader's meaning: for
 * example, the map is pinned in /sys/fs/bpf.
 *
 * @constants: the caller knows that some constants are in a map of their own.
 */
static int convert(const void *buf, size_t size, const char *what, bool relaxed, bool constants,
		   struct converted *new)
{
	char why[512] = "";
	int err = -EOPNOTSUPP;

	*new = (struct converted){ .size = size };
	if (compat_strict(LIBBPF_STRICT_MAP_DEFINITIONS)) {
		new->data = malloc(size);
		return new->data ? (memcpy(new->data, buf, size), 0) : -ENOMEM;
	}
	if (constants)
		err = maps2btf(buf, size, NULL, &new->data, &new->size, why, sizeof(why));
	else if (relaxed)
		err = maps2btf_then(buf, size, "libbpf", &new->data, &new->size, &new->renamed,
				    why, sizeof(why));
	if (err && !constants)	/* not relaxed, or shorter than libbpf's definition */
		err = maps2btf_then(buf, size, NULL, &new->data, &new->size, &new->renamed,
				    why, sizeof(why));
	if (err || *why)
		compat_warn("libbpf-compat: %s: %s\n", what, why);
	/* libbpf has an error of its own for a file that is no object. */
	return err == -EINVAL ? -LIBBPF_ERRNO__FORMAT : err;
}

/* In 0.x variables could be mapped into memory; for that, 1.x needs a variable in BTF. */
static void set_mmapable(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__is_internal(map) && bpf_map__type(map) == BPF_MAP_TYPE_ARRAY)
			bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_MMAPABLE);
}

/* The program knows section "text" as ".text": see maps2btf_then(). */
static void set_titles(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		struct compat_note *note = compat_note_new(prog);

		if (note && !strcmp(bpf_program__section_name(prog), "text"))
			note->title = ".text";
	}
}

/* Called for every object after libbpf has opened it. */
static void opened(struct bpf_object *obj, int attach_prog_fd, bool renamed)
{
	set_types(obj, attach_prog_fd);
	set_mmapable(obj);
	if (renamed)
		set_titles(obj);
	compat_object_opened(obj);
}

static struct bpf_object *open_bytes(const void *buf, size_t size, const char *what,
				     const struct compat_bpf_object_open_opts *then)
{
	struct bpf_object_open_opts opts;
	struct bpf_object *obj;
	struct converted new;
	int err;

	now(&opts, then);
	err = convert(buf, size, what, then->relaxed_maps, false, &new);
	if (err)
		return compat_no_object(err);
	obj = bpf_object__open_mem(new.data, new.size, &opts);
	err = -errno;
	free(new.data);
	if (!obj)
		return compat_no_object(err);
	opened(obj, then->attach_prog_fd, new.renamed);
	return obj;
}

struct bpf_object *compat_bpf_object__open_mem(const void *buf, size_t size,
					       const struct compat_bpf_object_open_opts *opts)
{
	struct compat_bpf_object_open_opts all = full(opts);
	char address[64];

	if (!buf || !size)
		return compat_no_object(-EINVAL);
	if (!all.object_name) {
		/* libbpf makes a name of the buffer's address: take the caller's. */
		snprintf(address, sizeof(address), "%lx-%lx", (unsigned long)buf,
			 (unsigned long)size);
		all.object_name = address;
	}
	return open_bytes(buf, size, all.object_name, &all);
}

struct bpf_object *compat_bpf_object__open_file(const char *path,
						const struct compat_bpf_object_open_opts *opts)
{
	struct compat_bpf_object_open_opts all = full(opts);
	struct bpf_object *obj;
	char name[256];
	struct stat st;
	void *buf;
	int fd, err;

	if (!path)
		return compat_no_object(-EINVAL);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		compat_warn("libbpf-compat: %s: %s\n", path, strerror(-err));
		if (fd >= 0)
			close(fd);
		return compat_no_object(err);
	}
	buf = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	err = -errno;
	close(fd);
	if (buf == MAP_FAILED) {
		compat_warn("libbpf-compat: %s: %s\n", path, strerror(-err));
		return compat_no_object(err == -EINVAL ? -LIBBPF_ERRNO__FORMAT :	/* empty */
					err == -ENODEV ? -LIBBPF_ERRNO__LIBELF : err);
	}

	if (!all.object_name) {
		name_of(path, name, sizeof(name));
		all.object_name = name;
	}
	obj = open_bytes(buf, st.st_size, path, &all);
	err = errno;
	munmap(buf, st.st_size);
	errno = err;
	return obj;
}

struct bpf_object *compat_bpf_object__open(const char *path)
{
	return path ? compat_bpf_object__open_file(path, NULL) : NULL;
}

int compat_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct compat_bpf_object_open_opts *then)
{
	struct compat_bpf_object_open_opts all = full(then);
	struct bpf_object_open_opts opts;
	void *data = (void *)s->data;
	size_t size = s->data_sz;
	struct converted new;
	bool constants = false;
	int err;

	now(&opts, &all);
	/*
	 * A skeleton from a newer bpftool lists a map ".rodata.str1.1", and libbpf
	 * fails if the object has no such map.
	 */
	for (int i = 0; i < s->map_cnt; i++) {
		const struct bpf_map_skeleton *map = (void *)((char *)s->maps + i * s->map_skel_sz);

		constants |= *map->name == '.';
	}
	err = convert(data, size, s->name, all.relaxed_maps, constants, &new);
	if (err)
		return err;
	s->data = new.data;
	s->data_sz = new.size;
	err = bpf_object__open_skeleton(s, &opts);
	s->data = data;
	s->data_sz = size;
	free(new.data);
	if (err)
		return err;
	opened(*s->obj, all.attach_prog_fd, new.renamed);
	return 0;
}

/* It opened with relaxed maps: definitions could have fields that libbpf did not know. */
struct bpf_object *bpf_object__open_buffer(const void *buf, size_t size, const char *name)
{
	struct compat_bpf_object_open_opts opts = {
		.sz = sizeof(opts), .object_name = name, .relaxed_maps = true,
	};

	if (!buf || !size)
		return (errno = EINVAL, NULL);
	return compat_bpf_object__open_mem(buf, size, &opts);
}

/* attr->prog_type is ignored: 0.x used it to open objects without a kernel version. */
struct bpf_object *bpf_object__open_xattr(struct bpf_object_open_attr *attr)
{
	if (!attr || !attr->file)
		return NULL;
	return compat_bpf_object__open_file(attr->file, NULL);
}

/* target_btf_path is an option of open now: when loading, it is too late to set it. */
int bpf_object__load_xattr(struct bpf_object_load_attr *attr)
{
	struct bpf_program *prog;

	if (!attr || !attr->obj)
		return -EINVAL;
	if (attr->target_btf_path)
		return -EOPNOTSUPP;
	if (attr->log_level)
		bpf_object__for_each_program(prog, attr->obj)
			bpf_program__set_log_level(prog, attr->log_level);
	return compat_bpf_object__load(attr->obj);
}

int bpf_prog_load_xattr(const struct bpf_prog_load_attr *attr, struct bpf_object **pobj,
			int *prog_fd)
{
	struct bpf_program *prog, *first = NULL;
	struct bpf_object *obj;
	struct bpf_map *map;
	int err;

	if (!attr || !attr->file)
		return -EINVAL;
	obj = compat_bpf_object__open_file(attr->file, NULL);
	if (libbpf_get_error(obj))
		return -ENOENT;		/* for every reason, as 0.x did */

	bpf_object__for_each_program(prog, obj) {
		/* The caller sets both types or none; so does the name of a section. */
		if (attr->prog_type != BPF_PROG_TYPE_UNSPEC) {
			bpf_program__set_type(prog, attr->prog_type);
			bpf_program__set_expected_attach_type(prog, attr->expected_attach_type);
		}
		err = -EINVAL;
		if (bpf_program__type(prog) == BPF_PROG_TYPE_UNSPEC)
			goto close;
		bpf_program__set_ifindex(prog, attr->ifindex);
		bpf_program__set_log_level(prog, attr->log_level);
		bpf_program__set_flags(prog, bpf_program__flags(prog) | attr->prog_flags);
		if (!first)
			first = prog;
	}
	bpf_object__for_each_map(map, obj)
		if (!bpf_map__is_offload_neutral(map))
			bpf_map__set_ifindex(map, attr->ifindex);
	err = -ENOENT;
	if (!first)
		goto close;
	err = compat_bpf_object__load(obj);
	if (err)
		goto close;
	*pobj = obj;
	*prog_fd = compat_bpf_program__fd(first);
	return 0;
close:
	compat_bpf_object__close(obj);
	return err;
}

/* bpf_prog_load() with four arguments. */
int bpf_prog_load_deprecated(const char *file, enum bpf_prog_type type, struct bpf_object **obj,
			     int *prog_fd)
{
	struct bpf_prog_load_attr attr = { .file = file, .prog_type = type };

	return bpf_prog_load_xattr(&attr, obj, prog_fd);
}
