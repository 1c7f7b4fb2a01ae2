// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count.bpf.c - counts system calls and their latency in shared maps, as written today.
 *
 * The maps have types, the arguments of the tracepoints are the kernel's own (tp_btf,
 * Linux 5.5), and lost events are counted in a global variable.  There is no atomic
 * minimum, neither here nor in the legacy program; syscall_count-global.bpf.c has one by
 * compare-and-swap.
 *
 * In the flavour syscall_count-percpu each CPU has a value of its own, so a plain +=
 * does not lose updates, and a minimum and a maximum are right: no other CPU writes
 * there, and no program that counts here interrupts another, as only tasks reach both
 * tracepoints.  A call may begin on one CPU and end on another, so `starts` cannot be
 * per CPU.
 * Its counterparts are legacy/syscall_count_kern.c and syscall_count-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "syscall_count.h"
#include "observed.bpf.h"
#include "percpu.bpf.h"
#include "syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALL_COUNT_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} enters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
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
__s64 error;	/* why the last event was lost */

static __always_inline void remember(int nr)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct syscall_count_start start = { .nr = nr };
	int err;	/* in some kernels, such as 6.1, the upper half of the result is 0 */

	start.ns = bpf_ktime_get_ns();
	err = bpf_map_update_elem(&starts, &thread, &start, BPF_ANY);
	if (err) {
		__sync_fetch_and_add(&lost, 1);
		error = err;
	}
}

static __always_inline int on_enter(long nr)
{
	__u32 slot = syscall_count_slot(nr);
	__u64 *count;

	if (!is_observed())
		return 0;
	count = bpf_map_lookup_elem(&enters, &slot);
	if (count)
		add_to(count, 1);
	if (syscall_count_returns(nr))
		remember(nr);
	return 0;
}

static __always_inline int on_exit(long nr)
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
	add_to(&l->exits, 1);

	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	if (start->nr == nr) {
		ns = bpf_ktime_get_ns() - start->ns;
		add_to(&l->measured, 1);
		add_to(&l->total_ns, ns);
		if (percpu && l->max_ns < ns)
			l->max_ns = ns;
		if (percpu && l->not_min_ns < ~ns)
			l->not_min_ns = ~ns;
	}
	bpf_map_delete_elem(&starts, &thread);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long nr)
{
	return on_enter(nr);
}

/* The same through perf, for a kernel that may preempt tp_btf: see modern_preempted(). */
SEC("?tp/raw_syscalls/sys_enter")
int sys_enter_perf(struct trace_event_raw_sys_enter *ctx)
{
	return on_enter(ctx->id);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long ret)
{
	return on_exit(syscall_nr(regs));
}

SEC("?tp/raw_syscalls/sys_exit")
int sys_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_exit(ctx->id);
}

char _license[] SEC("license") = "GPL";
