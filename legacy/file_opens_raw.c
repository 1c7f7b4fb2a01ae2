// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens_raw.c - counts opens by process and by name, by bpf(2) alone.
 *
 * A hash is walked by BPF_MAP_GET_NEXT_KEY and BPF_MAP_LOOKUP_ELEM, two system calls for
 * each entry.  While they run, tracepoint programs on this CPU may be skipped (see
 * raw.h), so under the runner the maps are read only at the end.  An entry that is added
 * while the map is walked may be missing from the result.
 *
 * As file_opens-percpu.raw it loads file_opens-percpu_kern.o, whose hashes have a value for
 * each CPU.  A lookup returns them one after the other, for every CPU that is possible, each
 * rounded up to 8 bytes; the reader adds them up.  The possible CPUs may be more than those
 * that are online: then the kernel writes beyond a buffer that has room for the online
 * CPUs, without an error.
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
	return observe_flavour("percpu") ? possible_cpus() : 1;
}

static int read_processes(int fd)
{
	const int cnt = values_of_entry();
	struct file_opens_process values[cnt];
	__u32 pid, *prev = NULL;

	/* Where the numbers of CPUs have holes, the kernel writes fewer values than @cnt. */
	memset(values, 0, sizeof(values));
	for (; !sys_map_next_key(fd, prev, &pid); prev = &pid) {
		if (sys_map_lookup(fd, &pid, values))
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

	for (; !sys_map_next_key(fd, prev, &key); prev = &key) {
		if (sys_map_lookup(fd, &key, &file))
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

	memset(values, 0, sizeof(values));
	for (; !sys_map_next_key(names, prev, &key); prev = &key) {
		/* A name that has just been added may have no counts yet. */
		if (sys_map_lookup(names, &key, &file) || sys_map_lookup(fd, &key, values))
			continue;
		for (int i = 0; i < cnt; i++)
			file_opens_file(key, &file, values[i]);
	}
	return walked("names");
}

static int read_maps(const struct kern_object *obj)
{
	int files = kern_map_fd(obj, "files");
	int err;

	if (values_of_entry() < 1) {
		observe_warn("cannot read /sys/devices/system/cpu/possible (is /sys mounted?)");
		return -1;
	}
	err = read_processes(kern_map_fd(obj, "processes"));
	if (!err && observe_flavour("percpu"))
		err = read_files_percpu(kern_map_fd(obj, "names"), files);
	else if (!err)
		err = read_files(files);
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

	observe_init(argc, argv, observe_flavour("percpu") ?
		     "Counts openat(2) by process and by name per CPU, by bpf(2) alone." :
		     "Counts openat(2) by process and by name, by bpf(2) alone.");

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	/* The entry first, and last when they are detached: else there are exits without one. */
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
			observe_synced(stats.opens, file_opens_lost(&stats));
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
		err = file_opens_totals(&stats, true);
cleanup:
	if (leave >= 0)
		close(leave);
	if (enter >= 0)
		close(enter);
	kern_close(obj);
	return observe_exit(err);
}
