// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-cas_kern.c - write_count with the largest write, by compare-and-swap.
 *
 * Whether a value is a new maximum depends on the old one, so comparing and storing have
 * to be one step: BPF_CMPXCHG, Linux 5.12.  If another CPU was faster, the program tries
 * again.  The verifier has to see that this loop ends (bounded loops: 5.3), so a program
 * that has used up its tries counts the call as lost.
 * Its counterpart is modern/write_count-cas.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "raw_syscalls.h"
#include "write_count.bpf.h"

#define CAS_TRIES	64	/* as in modern/lib/cas.bpf.h */

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct write_count),
	.max_entries = WRITE_COUNT_MAX_PROCESSES,
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct write_count_stats),
	.max_entries = 1,
};

/* Returns 0, or -1 if other CPUs were faster each time. */
static __always_inline int shared_max(__u64 *max, __u64 value)
{
	for (int i = 0; i < CAS_TRIES; i++) {
		__u64 old = *(volatile __u64 *)max;

		/* A swap that fails has seen more than @old, as a maximum only grows. */
		if (old >= value || __sync_val_compare_and_swap(max, old, value) <= old)
			return 0;
	}
	return -1;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int write_count(struct sys_exit_args *ctx)
{
	struct write_count_stats *stat;
	struct write_count *count;
	int err = -EBUSY;	/* other CPUs were faster each time */
	__u32 zero = 0;

	if (ctx->nr != __NR_write)
		return 0;
	stat = bpf_map_lookup_elem(&stats, &zero);
	if (!stat || !is_observed() || is_compat())
		return 0;
	count = find(&counts, bpf_get_current_pid_tgid() >> 32, &err);
	if (!count || (ctx->ret > 0 && shared_max(&count->largest, ctx->ret))) {
		stat->lost++;
		stat->error = err;
		return 0;
	}
	__sync_fetch_and_add(&count->calls, 1);
	if (ctx->ret > 0)
		__sync_fetch_and_add(&count->bytes, ctx->ret);
	stat->counted++;
	return 0;
}

char _license[] SEC("license") = "GPL";
