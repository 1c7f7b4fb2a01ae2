// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count-global.bpf.c - counts system calls and their latency in global arrays.
 *
 * The program looks up no map: .bss is a map with one entry, which user space maps into
 * its memory (mmap, Linux 5.5).  A minimum that all CPUs share needs compare-and-swap
 * (5.12), so sys_exit is there with and without it, and one of the two is loaded.  The
 * verifier has to see that an index is in bounds, on the path from the check to the
 * access.  Except for where it counts, it is the same as syscall_count.bpf.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/errno.h>

#include "syscall_count.h"
#include "cas.bpf.h"
#include "observed.bpf.h"
#include "syscall.bpf.h"

__u64 enters[SYSCALL_COUNT_SLOTS];
struct syscall_count_latency latency[SYSCALL_COUNT_SLOTS];

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SYSCALL_COUNT_THREADS);
	__type(key, __u64);
	__type(value, struct syscall_count_start);
} starts SEC(".maps");

__u64 lost;
__s64 error;	/* why the last event was lost */

/* Losses are rare, so this is not part of each program, but a function that they call. */
static __noinline void lose(int err)
{
	__sync_fetch_and_add(&lost, 1);
	error = err;
}

static __always_inline void remember(int nr)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct syscall_count_start start = { .nr = nr };
	int err;	/* in some kernels, such as 6.1, the upper half of the result is 0 */

	start.ns = bpf_ktime_get_ns();
	err = bpf_map_update_elem(&starts, &thread, &start, BPF_ANY);
	if (err)
		lose(err);
}

/*
 * Without barrier_var(), clang may compare another copy of the number.  The verifier has to
 * see that the register that is the index is compared itself.
 */
#define in_bounds(slot)	({ barrier_var(slot); (slot) < SYSCALL_COUNT_SLOTS; })

static __always_inline int on_enter(long nr)
{
	__u32 slot = syscall_count_slot(nr);

	if (!is_observed() || !in_bounds(slot))
		return 0;
	__sync_fetch_and_add(&enters[slot], 1);
	if (syscall_count_returns(nr))
		remember(nr);
	return 0;
}

static __always_inline int on_exit(long nr, bool cas)
{
	__u64 thread = bpf_get_current_pid_tgid(), ns;
	__u32 slot = syscall_count_slot(nr);
	struct syscall_count_latency *l;
	struct syscall_count_start *start;

	if (!is_observed() || !in_bounds(slot))
		return 0;
	l = &latency[slot];
	__sync_fetch_and_add(&l->exits, 1);

	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	if (start->nr == nr) {
		ns = bpf_ktime_get_ns() - start->ns;
		__sync_fetch_and_add(&l->measured, 1);
		__sync_fetch_and_add(&l->total_ns, ns);
		if (cas && (shared_max(&l->max_ns, ns) || shared_max(&l->not_min_ns, ~ns)))
			lose(-EBUSY);
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
	return on_exit(syscall_nr(regs), false);
}

SEC("?tp/raw_syscalls/sys_exit")
int sys_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_exit(ctx->id, false);
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(sys_exit_cas, struct pt_regs *regs, long ret)
{
	return on_exit(syscall_nr(regs), true);
}

SEC("?tp/raw_syscalls/sys_exit")
int sys_exit_cas_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_exit(ctx->id, true);
}

char _license[] SEC("license") = "GPL";
