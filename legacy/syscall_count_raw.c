// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count_raw.c - reports system calls by number, by bpf(2) alone.
 *
 * An array is read entry by entry, by a system call for each of the 513 slots of each
 * map: there was no other way before mmap (5.5) and batches (5.6).  While bpf(2) reads a
 * map, tracepoint programs on that CPU may be skipped, so a live report may make the
 * programs miss events.
 * Its counterparts are legacy/syscall_count_user.c and modern/syscall_count.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe.h"
#include "syscall_count.h"
#include "syscall_count_report.h"

#include "attach.h"
#include "elf_load.h"
#include "raw.h"
#include "sys_bpf.h"

/* A lookup in a PERCPU_ARRAY returns the values of all possible CPUs. */
static int read_maps(const struct kern_object *obj)
{
	int enters_fd = kern_map_fd(obj, "enters"), latency_fd = kern_map_fd(obj, "latency");
	const int slots = observe_flavour("percpu") ? possible_cpus() : 1;
	int err = -1;
	struct syscall_count_latency *latency = calloc(slots > 0 ? slots : 1, sizeof(*latency));
	__u64 *enters = calloc(slots > 0 ? slots : 1, sizeof(*enters));

	if (slots < 1 || !latency || !enters)
		goto cleanup;
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		if (sys_map_lookup(enters_fd, &slot, enters) ||
		    sys_map_lookup(latency_fd, &slot, latency))
			goto cleanup;
		for (int i = 0; i < slots; i++) {
			syscall_count_enters(slot, enters[i]);
			syscall_count_latency(slot, &latency[i]);
		}
	}
	err = 0;
cleanup:
	if (err)
		observe_warn("cannot read the counts: %s", strerror(errno));
	free(latency);
	free(enters);
	return err;
}

/* A hash is walked from key to key. */
static int read_starts(int starts_fd)
{
	struct syscall_count_start start;
	__u64 thread, *prev = NULL;
	int err = 0;

	while (!err && !sys_map_next_key(starts_fd, prev, &thread)) {
		err = sys_map_lookup(starts_fd, &thread, &start);
		if (!err)
			syscall_count_unended(thread, &start);
		prev = &thread;
	}
	if (!err && errno == ENOENT)
		return 0;
	observe_warn("cannot read the starts: %s", strerror(errno));
	return -1;
}

int main(int argc, char **argv)
{
	int enter, leave, enter_link = -1, leave_link = -1;
	struct syscall_count_stats stats = {};
	struct kern_object *obj = NULL;
	enum observe_event event;
	bool percpu = observe_flavour("percpu");
	struct syscall_count_start start;
	__u64 thread;
	int err;

	observe_init(argc, argv, percpu ?
		     "Counts system calls, in per-CPU arrays, by bpf(2) alone." :
		     "Counts system calls, in shared arrays, by bpf(2) alone.");

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
	if (!err && syscall_count_own(&thread, &start))
		err = sys_map_update(kern_map_fd(obj, "starts"), &thread, &start, BPF_ANY);
	if (err)
		goto cleanup;
	enter = kern_prog_fd(obj, "sys_enter");
	leave = kern_prog_fd(obj, "sys_exit");
	enter_link = attach_tracepoint("raw_syscalls/sys_enter", enter);
	leave_link = enter_link < 0 ? -1 : attach_tracepoint("raw_syscalls/sys_exit", leave);
	err = leave_link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_REPORT) {
			err = read_maps(obj);
			if (!err)
				syscall_count_report(percpu);
		} else if (event == OBSERVE_SYNC) {
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
			observe_synced(0, stats.lost);
		}
		if (err)
			goto cleanup;
	}

	close(enter_link);
	close(leave_link);
	enter_link = -1;
	leave_link = -1;
	observe_detached();
	err = read_maps(obj);
	if (!err)
		err = read_starts(kern_map_fd(obj, "starts"));
	if (!err)
		err = syscall_count_end(percpu);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = syscall_count_totals(stats.lost, stats.error);
cleanup:
	if (enter_link >= 0)
		close(enter_link);
	if (leave_link >= 0)
		close(leave_link);
	kern_close(obj);
	return observe_exit(err);
}
