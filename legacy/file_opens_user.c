// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens_user.c - counts opens by process and by name, by libbpf 0.x.
 *
 * The maps are found by name and walked as at the raw stage.  libbpf's functions for
 * elements are thin wrappers of the system calls: before 1.0 they return -1, since 1.0 a
 * negative error number, and errno is right in both.  If a map's name is misspelt, its
 * descriptor is -EINVAL, and the first call fails with EBADF.  A walk that does not look at
 * errno takes that for an empty map, so walked() looks.
 *
 * As file_opens-percpu.libbpf it loads file_opens-percpu_kern.o, whose hashes have a value
 * for each CPU.  libbpf_num_possible_cpus() (0.0.4) says how many values a lookup writes.
 * Before that, each program counted the CPUs itself, and some counted only those that are
 * online.  bpf_map_lookup_elem() is not told how large the buffer is, so it cannot refuse
 * a small one.
 * Its counterparts are legacy/file_opens_raw.c and modern/file_opens.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "file_opens.h"
#include "file_opens_report.h"

#include "user.h"

/*
 * Called when the walk has ended.  Returns 0 if that was the end of the map, else -1.  A lookup
 * of a key that is gone would be ENOENT, too, but nothing deletes from these maps.
 */
static int walked(const char *map)
{
	if (errno == ENOENT)
		return 0;
	observe_warn("cannot read the map %s: %s", map, strerror(errno));
	return -1;
}

/* In a PERCPU_HASH an entry has a value for each CPU that is possible. */
static int values_of_entry(void)
{
	return observe_flavour("percpu") ? libbpf_num_possible_cpus() : 1;
}

static int read_processes(int fd)
{
	const int cnt = values_of_entry();
	struct file_opens_process values[cnt];
	__u32 pid, *prev = NULL;

	for (; !bpf_map_get_next_key(fd, prev, &pid); prev = &pid) {
		if (bpf_map_lookup_elem(fd, &pid, values))
			break;
		for (int i = 0; i < cnt; i++)
			file_opens_process(pid, &values[i]);
	}
	return walked("processes");
}

static int read_files(int fd)
{
	struct file_opens_file file;
	__u64 key, *prev = NULL;

	for (; !bpf_map_get_next_key(fd, prev, &key); prev = &key) {
		if (bpf_map_lookup_elem(fd, &key, &file))
			break;
		file_opens_file(key, &file, file.opens);
	}
	return walked("files");
}

/* In file_opens-percpu all CPUs share the names, and each counts their opens by itself. */
static int read_files_percpu(int names, int fd)
{
	const int cnt = values_of_entry();
	struct file_opens_file file;
	__u64 key, *prev = NULL;
	__u64 values[cnt];

	for (; !bpf_map_get_next_key(names, prev, &key); prev = &key) {
		/* A name that has just been added may have no counts yet. */
		if (bpf_map_lookup_elem(names, &key, &file) ||
		    bpf_map_lookup_elem(fd, &key, values))
			continue;
		for (int i = 0; i < cnt; i++)
			file_opens_file(key, &file, values[i]);
	}
	return walked("names");
}

static int read_maps(struct bpf_object *obj)
{
	int files = bpf_object__find_map_fd_by_name(obj, "files");
	int err;

	if (values_of_entry() < 1) {
		observe_warn("cannot read /sys/devices/system/cpu/possible (is /sys mounted?)");
		return -1;
	}
	err = read_processes(bpf_object__find_map_fd_by_name(obj, "processes"));
	if (!err && observe_flavour("percpu"))
		err = read_files_percpu(bpf_object__find_map_fd_by_name(obj, "names"), files);
	else if (!err)
		err = read_files(files);
	if (!err)
		file_opens_show();
	return err;
}

static struct bpf_link *attach(struct bpf_object *obj, const char *event)
{
	struct bpf_program *prog;
	struct bpf_link *link;
	char title[64];

	snprintf(title, sizeof(title), "tracepoint/raw_syscalls/%s", event);
	prog = bpf_object__find_program_by_title(obj, title);
	if (user_found(prog, title))
		return NULL;
	link = bpf_program__attach_tracepoint(prog, "raw_syscalls", event);
	if (!libbpf_get_error(link))
		return link;
	observe_warn("cannot attach to %s: %s", event, user_error(libbpf_get_error(link)));
	return NULL;
}

int main(int argc, char **argv)
{
	struct bpf_link *enter = NULL, *leave = NULL;
	struct bpf_object *obj = NULL;
	struct file_opens_stats stats;
	enum observe_event event;
	int err;

	observe_init(argc, argv, observe_flavour("percpu") ?
		     "Counts openat(2) by process and by name per CPU, by libbpf 0.x." :
		     "Counts openat(2) by process and by name, by libbpf 0.x.");
	user_init();

	obj = bpf_object__open_file(observe_object(), NULL);
	err = libbpf_get_error(obj);
	if (err) {
		obj = NULL;
		observe_warn("cannot open %s: %s", observe_object(), user_error(err));
		goto cleanup;
	}
	err = bpf_object__load(obj);
	if (err) {
		observe_warn("cannot load %s: %s (-v shows why)", observe_object(),
			     user_error(err));
		goto cleanup;
	}
	err = user_observe(obj);
	if (err)
		goto cleanup;
	/* The entry first, and last when they are detached: else there are exits without one. */
	enter = attach(obj, "sys_enter");
	leave = enter ? attach(obj, "sys_exit") : NULL;
	err = leave ? 0 : -1;
	if (err)
		goto cleanup;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC)
			err = user_stats(obj, &stats, sizeof(stats));
		else if (event == OBSERVE_REPORT)
			err = read_maps(obj);
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(stats.opens, file_opens_lost(&stats));
	}

	bpf_link__destroy(leave);
	bpf_link__destroy(enter);
	leave = NULL;
	enter = NULL;
	observe_detached();
	err = read_maps(obj);
	if (!err)
		err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = file_opens_totals(&stats, true);
cleanup:
	bpf_link__destroy(leave);
	bpf_link__destroy(enter);
	bpf_object__close(obj);
	return observe_exit(err);
}
