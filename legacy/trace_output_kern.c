// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output_kern.c - sends a record to user space for every write(2), as in Linux 4.4.
 *
 * A map is a struct bpf_map_def in the section "maps".  Each CPU has a ring of its own:
 * a perf event that user space opens and stores in the PERF_EVENT_ARRAY.  The sample of
 * that time passed 0 as the flags of bpf_perf_event_output(), which is index 0 of the
 * array: that works on CPU 0 only.  The section names sys_write, a function that has
 * another name since 4.17 (on x86-64 it is __x64_sys_write), so user space makes up the
 * name and attaches the program itself.
 * Newer than 4.4 are per-CPU counters (4.6), is_observed() (4.9), the instruction set
 * that make compiles for (5.1), and the way in which user space attaches (4.17).
 * Its counterpart is modern/trace_output.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

#include "trace_output.h"
/* Two maps, and is_observed(): bpf_map_lookup_elem(), bpf_current_task_under_cgroup(). */
#include "observed.h"

struct bpf_map_def SEC("maps") my_map = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 0,	/* the loader makes it one per possible CPU */
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct trace_output_stats),
	.max_entries = 1,
};

SEC("kprobe/sys_write")
int trace_output(struct pt_regs *ctx)
{
	struct trace_output_event event;
	struct trace_output_stats *stat;
	__u32 zero = 0;
	long err;

	stat = bpf_map_lookup_elem(&stats, &zero);
	if (!stat || !is_observed())
		return 0;

	event.pid_tgid = bpf_get_current_pid_tgid();
	event.cookie = TRACE_OUTPUT_COOKIE;

	err = bpf_perf_event_output(ctx, &my_map, BPF_F_CURRENT_CPU, &event, sizeof(event));
	if (err) {
		stat->lost++;
		stat->error = err;
	} else {
		stat->sent++;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
