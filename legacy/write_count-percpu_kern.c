// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-percpu_kern.c - write_count with a value for each CPU.
 *
 * In a PERCPU_HASH (Linux 4.6) no CPU writes to the value of another: plain additions
 * will do, a maximum is a comparison, and user space adds the values up.  Plain
 * additions are right only if no other program that adds to the same value can interrupt
 * this one on its CPU.  A program at a perf tracepoint is never run within another
 * program of that kind: the kernel skips the inner one.
 * Its counterpart is modern/write_count.bpf.c.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "raw_syscalls.h"
#include "write_count.bpf.h"

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_PERCPU_HASH,
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

SEC("tracepoint/raw_syscalls/sys_exit")
int write_count(struct sys_exit_args *ctx)
{
	struct write_count_stats *stat;
	struct write_count *count;
	__u32 zero = 0;
	int err = 0;

	if (ctx->nr != __NR_write)
		return 0;
	stat = bpf_map_lookup_elem(&stats, &zero);
	if (!stat || !is_observed() || is_compat())
		return 0;
	count = find(&counts, bpf_get_current_pid_tgid() >> 32, &err);
	if (!count) {
		stat->lost++;
		stat->error = err;
		return 0;
	}
	count->calls++;
	if (ctx->ret > 0) {
		count->bytes += ctx->ret;
		if (count->largest < (__u64)ctx->ret)
			count->largest = ctx->ret;
	}
	stat->counted++;
	return 0;
}

char _license[] SEC("license") = "GPL";
