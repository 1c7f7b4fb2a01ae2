// SPDX-License-Identifier: GPL-2.0
/*
 * write_count_raw.c - reports the writes of each process, by bpf(2) and perf_event_open(2).
 *
 * The hash is read as it was until Linux 5.6, by two system calls for each entry: one
 * for the next key and one for its value.  If an entry is deleted while a map is walked,
 * the walk starts again from the first entry.  Nothing is deleted from this map.  In a
 * live report each count is as of the moment at which it was read.
 * Its counterparts are legacy/write_count_user.c and modern/write_count.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe.h"
#include "permission.h"
#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "attach.h"
#include "cmpxchg.h"
#include "elf_load.h"
#include "raw.h"
#include "sys_bpf.h"

/* Probes whether the kernel has compare-and-swap, with a program of five instructions. */
static void need_cmpxchg(void)
{
	int fd = sys_prog_load("cmpxchg", BPF_PROG_TYPE_TRACEPOINT, cmpxchg_insns,
			       CMPXCHG_INSNS, "GPL");

	if (fd < 0) {
		permission_unknown("BPF_CMPXCHG", errno);
		observe_skip("this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12): %s",
			     strerror(errno));
	}
	close(fd);
}

/* Shows all processes, and stores the sum of their calls in @calls. */
static int read_counts(int counts, __u64 *calls)
{
	/* A lookup in a PERCPU_HASH returns the values of all possible CPUs. */
	const unsigned int slots = observe_flavour("percpu") ? possible_cpus() : 1;
	struct write_count *values = calloc(slots, sizeof(*values));
	__u32 pid, *prev = NULL;
	int err = values ? 0 : -1;

	while (!err && !sys_map_next_key(counts, prev, &pid)) {
		err = sys_map_lookup(counts, &pid, values);
		if (!err)
			write_count_process(pid, values, slots);
		prev = &pid;
	}
	if (err || errno != ENOENT) {
		observe_warn("cannot read the counts: %s", strerror(errno));
		err = -1;
	}
	*calls = write_count_show();
	free(values);
	return err;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct write_count_stats stats;
	enum observe_event event;
	int prog, link = -1;
	__u64 calls;
	char about[128];
	int err;

	snprintf(about, sizeof(about),
		 "Counts the write(2) calls and bytes of each process%s, by bpf(2) alone.",
		 observe_flavour("percpu") ? ", CPU by CPU" :
		 observe_flavour("cas") ? ", and the largest" : "");
	observe_init(argc, argv, about);
	if (observe_flavour("cas"))
		need_cmpxchg();
	write_count_largest = observe_flavour("cas") || observe_flavour("percpu");

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (!err)
		err = raw_observe(kern_map_fd(obj, "observed"),
				  kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	prog = kern_prog_fd(obj, "write_count");
	link = attach_tracepoint("raw_syscalls/sys_exit", prog);
	err = link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC) {
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
			observe_synced(stats.counted, stats.lost);
		} else if (event == OBSERVE_REPORT) {
			report_refresh();
			err = read_counts(kern_map_fd(obj, "counts"), &calls);
		}
		if (err)
			goto cleanup;
	}

	close(link);
	link = -1;
	observe_detached();
	err = read_counts(kern_map_fd(obj, "counts"), &calls);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = write_count_totals(calls, stats.counted, stats.lost, stats.error);
cleanup:
	if (link >= 0)
		close(link);
	kern_close(obj);
	return observe_exit(err);
}
