// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output_raw.c - receives a record for every write(2), by system calls alone.
 *
 * This is the kernel's interface without a library.  bpf(2) (Linux 3.18) creates the
 * maps and loads the program, perf_event_open(2) opens the kprobe and a ring for each
 * CPU, and the records are read from memory that is shared with the kernel.  A program
 * can write only to the ring of the CPU on which it runs, so it has to pass
 * BPF_F_CURRENT_CPU.
 * Its counterparts are legacy/trace_output_user.c and modern/trace_output.c.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "observe.h"
#include "trace_output.h"
#include "trace_output_report.h"
#include "tracing.h"

#include "attach.h"
#include "elf_load.h"
#include "perf_ring.h"
#include "raw.h"
#include "sys_bpf.h"

static int handle_event(const void *data, __u32 size)
{
	if (size < sizeof(struct trace_output_event))
		return -1;
	trace_output_event(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct perf_rings *rings = NULL;
	struct trace_output_stats stats;
	enum observe_event event;
	struct epoll_event woken;
	int prog, link = -1;
	int err;

	observe_init(argc, argv,
		     "Counts the write(2) calls, and shows each with -v, by bpf(2) and perf_event_open(2) alone.");
	tracing_needs_kprobes();

	obj = kern_open(observe_exe_dir("trace_output_kern.o"));
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	rings = perf_rings_open(kern_map_fd(obj, "my_map"), 64, 16);
	prog = kern_prog_fd(obj, "trace_output");
	link = rings ? attach_kprobe("sys_write", prog) : -1;
	err = link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while (!exiting) {
		epoll_wait(perf_rings_fd(rings), &woken, 1, 100 /* ms */);
		event = observe_event();
		err = perf_rings_read(rings, handle_event);
		if (!err && event != OBSERVE_NONE)
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(trace_output_seen(), stats.lost);
		else if (event == OBSERVE_REPORT)
			trace_output_report(stats.lost);
	}

	close(link);
	link = -1;
	observe_detached();
	err = perf_rings_read(rings, handle_event);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = perf_rings_check(rings, stats.lost);
	if (err)
		goto cleanup;
	trace_output_end(stats.lost);
	err = observe_totals(trace_output_seen(), stats.sent, stats.lost, stats.error);
cleanup:
	if (link >= 0)
		close(link);
	perf_rings_close(rings);
	kern_close(obj);
	return observe_exit(err);
}
