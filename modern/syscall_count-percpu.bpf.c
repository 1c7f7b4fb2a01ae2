// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count-percpu.bpf.c - enters, exits and latency of system calls, each
 * CPU for itself.
 *
 * Nobody else writes to this CPU's values, and nothing that counts here
 * interrupts: both tracepoints are reached by a task, with preemption off.
 * So a plain += is right, and so are a minimum and a maximum.  The trap: a call
 * may begin on one CPU and end on another, so that `starts` cannot be per CPU.
 * ON_SYS_ENTER() and ON_SYS_EXIT() have the SEC(): see lib/on_syscall.bpf.h.
 * Its counterpart is legacy/syscall_count-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "syscall_count.h"
#include "observed.bpf.h"
#include "on_syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SYSCALL_COUNT_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} enters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SYSCALL_COUNT_SLOTS);
	__type(key, __u32);
	__type(value, struct syscall_count_latency);
} latency SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SYSCALL_COUNT_THREADS);
	__type(key, __u64);
	__type(value, struct syscall_count_start);
} starts SEC(".maps");

__u64 lost;
__s64 error;	/* why the last was lost */

static __always_inline void remember(int nr)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct syscall_count_start start = { .nr = nr };
	long err;

	start.ns = bpf_ktime_get_ns();
	err = bpf_map_update_elem(&starts, &thread, &start, BPF_ANY);
	if (err) {
		__sync_fetch_and_add(&lost, 1);
		error = err;
	}
}

ON_SYS_ENTER(sys_enter, regs, nr)
{
	__u32 slot = syscall_count_slot(nr);
	__u64 *count;

	if (!is_observed())
		return 0;
	count = bpf_map_lookup_elem(&enters, &slot);
	if (count)
		*count += 1;
	if (syscall_count_returns(nr))
		remember(nr);
	return 0;
}

ON_SYS_EXIT(sys_exit, regs, nr, ret)
{
	__u64 thread = bpf_get_current_pid_tgid(), ns;
	__u32 slot = syscall_count_slot(nr);
	struct syscall_count_latency *l;
	struct syscall_count_start *start;

	if (!is_observed())
		return 0;
	l = bpf_map_lookup_elem(&latency, &slot);
	if (!l)
		return 0;
	l->exits++;

	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	if (start->nr == nr) {
		ns = bpf_ktime_get_ns() - start->ns;
		l->measured++;
		l->total_ns += ns;
		if (l->max_ns < ns)
			l->max_ns = ns;
		if (l->not_min_ns < ~ns)
			l->not_min_ns = ~ns;
	}
	bpf_map_delete_elem(&starts, &thread);
	return 0;
}

char _license[] SEC("license") = "GPL";
