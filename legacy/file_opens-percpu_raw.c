// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens-percpu_raw.c - file_opens with per-CPU hashes, by bpf(2) alone.
 *
 * A lookup returns a value for every CPU that is possible, one after the other, each
 * rounded up to 8 bytes; the reader adds them up.  The possible CPUs may be more than
 * those that are online: then the kernel writes beyond a buffer that has room for the
 * online CPUs, without an error.
 * Its counterparts are legacy/file_opens-percpu_user.c and modern/file_opens.c.
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
	int cpus = possible_cpus();
	struct file_opens_process values[cpus];
	__u32 pid, *prev = NULL;

	for (; !sys_map_next_key(fd, prev, &pid); prev = &pid) {
		if (sys_map_lookup(fd, &pid, values))
			break;
		for (int cpu = 0; cpu < cpus; cpu++)
			file_opens_process(pid, &values[cpu]);
	}
	return walked("processes");
}

static int read_files(int names, int fd)
{
	int cpus = possible_cpus();
	struct file_opens_file file;
	__u64 key, *prev = NULL;
	__u64 values[cpus];

	for (; !sys_map_next_key(names, prev, &key); prev = &key) {
		/* A name that has just been added may have no counts yet. */
		if (sys_map_lookup(names, &key, &file) || sys_map_lookup(fd, &key, values))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			file_opens_name(&file.name, values[cpu]);
		file_opens_collisions(file.collisions);
	}
	return walked("names");
}

static int read_maps(const struct kern_object *obj)
{
	int err;

	if (possible_cpus() < 1) {
		observe_warn("cannot read /sys/devices/system/cpu/possible (is /sys mounted?)");
		return -1;
	}
	err = read_processes(kern_map_fd(obj, "processes"));
	if (!err)
		err = read_files(kern_map_fd(obj, "names"),
				 kern_map_fd(obj, "files"));
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

	observe_init(argc, argv, "Counts openat(2) by process and by name per CPU, by bpf(2) alone.");

	obj = kern_open(observe_exe_dir("file_opens-percpu_kern.o"));
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
