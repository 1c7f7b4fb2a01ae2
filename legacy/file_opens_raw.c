// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens_raw.c - counts opens by process and by name, by bpf(2) alone.
 *
 * A hash is walked by BPF_MAP_GET_NEXT_KEY and BPF_MAP_LOOKUP_ELEM, two system calls for
 * each entry.  While they run, tracepoint programs on this CPU may be skipped (see
 * raw.h), so under the runner the maps are read only at the end.  An entry that is added
 * while the map is walked may be missing from the result.
 * Its counterparts are legacy/file_opens_user.c and modern/file_opens.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "observe.h"
#include "file_opens.h"
#include "file_opens_report.h"

#include "attach.h"
#include "elf_load.h"
#include "raw.h"
#include "sys_bpf.h"

/* Called when the walk has ended.  Returns 0 if that was the end of the map, else -1. */
static int walked(const char *map)
{
	if (errno == ENOENT)
		return 0;
	observe_warn("cannot read the map %s: %s", map, strerror(errno));
	return -1;
}

static int read_processes(int fd)
{
	struct file_opens_process process;
	__u32 pid, *prev = NULL;

	for (; !sys_map_next_key(fd, prev, &pid); prev = &pid) {
		if (sys_map_lookup(fd, &pid, &process))
			break;
		file_opens_process(pid, &process);
	}
	return walked("processes");
}

static int read_files(int fd)
{
	struct file_opens_file file;
	__u64 key, *prev = NULL;

	for (; !sys_map_next_key(fd, prev, &key); prev = &key) {
		if (sys_map_lookup(fd, &key, &file))
			break;
		file_opens_name(&file.name, file.opens);
		file_opens_collisions(file.collisions);
	}
	return walked("files");
}

static int read_maps(const struct kern_object *obj)
{
	int err = read_processes(kern_map_fd(obj, "processes"));

	if (!err)
		err = read_files(kern_map_fd(obj, "files"));
	if (!err)
		file_opens_show();
	return err;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct file_opens_stats stats;
	enum observe_event event;
	int enter = -1, leave = -1;
	int err;

	observe_init(argc, argv, "Counts openat(2) by process and by name, by bpf(2) alone.");

	obj = kern_open(observe_exe_dir("file_opens_kern.o"));
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	enter = attach_tracepoint("raw_syscalls/sys_enter", kern_prog_fd(obj, "openat_enter"));
	if (enter >= 0)
		leave = attach_tracepoint("raw_syscalls/sys_exit",
					  kern_prog_fd(obj, "openat_exit"));
	err = leave < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC)
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
		else if (event == OBSERVE_REPORT)
			err = read_maps(obj);
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(stats.opens, stats.unprocessed + stats.unnamed +
				       stats.dropped);
	}

	close(leave);
	close(enter);
	leave = -1;
	enter = -1;
	observe_detached();
	err = read_maps(obj);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = file_opens_totals(&stats);
cleanup:
	if (leave >= 0)
		close(leave);
	if (enter >= 0)
		close(enter);
	kern_close(obj);
	return observe_exit(err);
}
