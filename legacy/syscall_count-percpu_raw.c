// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count-percpu_raw.c - system calls by number from per-CPU arrays, by
 * bpf(2) alone.
 *
 * A lookup gives the values of all CPUs at once, one after the other.  The trap:
 * of all CPUs that are possible, and not only of those online, or the kernel
 * writes beyond the buffer; and each value is rounded up to 8 bytes.
 * Its counterparts are legacy/syscall_count-percpu_user.c and
 * modern/syscall_count-percpu.c.
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

static int read_maps(const struct kern_object *obj)
{
	int enters_fd = kern_map_fd(obj, "enters"), latency_fd = kern_map_fd(obj, "latency");
	int cpus = possible_cpus(), err = -1;
	struct syscall_count_latency *latency = calloc(cpus > 0 ? cpus : 1, sizeof(*latency));
	__u64 *enters = calloc(cpus > 0 ? cpus : 1, sizeof(*enters));

	if (cpus < 0 || !latency || !enters)
		goto cleanup;
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		if (sys_map_lookup(enters_fd, &slot, enters) ||
		    sys_map_lookup(latency_fd, &slot, latency))
			goto cleanup;
		for (int cpu = 0; cpu < cpus; cpu++) {
			syscall_count_enters(slot, enters[cpu]);
			syscall_count_latency(slot, &latency[cpu]);
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

int main(int argc, char **argv)
{
	int enter, leave, enter_link = -1, leave_link = -1;
	struct syscall_count_stats stats = {};
	struct kern_object *obj = NULL;
	enum observe_event event;
	int err;

	observe_init(argc, argv, "Counts system calls, in per-CPU arrays, by bpf(2) alone.");

	obj = kern_open(observe_beside("syscall_count-percpu_kern.o"));
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
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
				syscall_count_report(true);
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
		err = syscall_count_end(true);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = observe_totals(syscall_count_events(), syscall_count_events(), stats.lost,
				     stats.error);
cleanup:
	if (enter_link >= 0)
		close(enter_link);
	if (leave_link >= 0)
		close(leave_link);
	kern_close(obj);
	return observe_exit(err);
}
