// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count_kern.c - counts system calls and their latency in shared maps, as in Linux 4.7.
 *
 * It has an ARRAY of numbers, an ARRAY of structs, and a HASH with the call that each
 * thread is in.  All CPUs write to all of them, so every addition is atomic.  There is
 * no atomic minimum: a shared minimum needs compare-and-swap, which BPF got in 5.12.  So
 * this program has no minimum and no maximum; syscall_count-percpu_kern.c has both.
 * Newer than 4.7 are is_observed() (4.9) and the instruction set that make compiles for
 * (5.1).
 * Its counterpart is modern/syscall_count.bpf.c.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "syscall_count.h"
#include "raw_syscalls.h"

struct bpf_map_def SEC("maps") enters = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
	.max_entries = SYSCALL_COUNT_SLOTS,
};

struct bpf_map_def SEC("maps") latency = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct syscall_count_latency),
	.max_entries = SYSCALL_COUNT_SLOTS,
};

struct bpf_map_def SEC("maps") starts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u64),
	.value_size = sizeof(struct syscall_count_start),
	.max_entries = SYSCALL_COUNT_THREADS,
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct syscall_count_stats),
	.max_entries = 1,
};

static __always_inline void remember(int nr)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct syscall_count_start start = { .nr = nr };
	struct syscall_count_stats *stat;
	__u32 zero = 0;
	int err;	/* in some kernels, such as 6.1, the upper half of the result is 0 */

	start.ns = bpf_ktime_get_ns();
	err = bpf_map_update_elem(&starts, &thread, &start, BPF_ANY);
	if (!err)
		return;
	stat = bpf_map_lookup_elem(&stats, &zero);
	if (stat) {
		stat->lost++;
		stat->error = err;
	}
}

SEC("tracepoint/raw_syscalls/sys_enter")
int sys_enter(struct sys_enter_args *ctx)
{
	__u32 slot = syscall_count_slot(ctx->nr);
	__u64 *count;

	if (!is_observed())
		return 0;
	count = bpf_map_lookup_elem(&enters, &slot);
	if (count)
		__sync_fetch_and_add(count, 1);
	if (syscall_count_returns(ctx->nr))
		remember(ctx->nr);
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int sys_exit(struct sys_exit_args *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid(), ns;
	__u32 slot = syscall_count_slot(ctx->nr);
	struct syscall_count_latency *l;
	struct syscall_count_start *start;

	if (!is_observed())
		return 0;
	l = bpf_map_lookup_elem(&latency, &slot);
	if (!l)
		return 0;
	__sync_fetch_and_add(&l->exits, 1);

	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	if (start->nr == (int)ctx->nr) {
		ns = bpf_ktime_get_ns() - start->ns;
		__sync_fetch_and_add(&l->measured, 1);
		__sync_fetch_and_add(&l->total_ns, ns);
	}
	bpf_map_delete_elem(&starts, &thread);
	return 0;
}

char _license[] SEC("license") = "GPL";
