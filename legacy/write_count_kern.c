// SPDX-License-Identifier: GPL-2.0
/*
 * write_count_kern.c - counts the write(2) calls and bytes of each process, as in Linux 4.7.
 *
 * All CPUs share the HASH, so additions are atomic.  The only atomic instruction of that
 * time was XADD, which does not return the old value, so the program cannot decide by
 * it: it can keep no maximum, see write_count-cas_kern.c.  The first calls of two
 * threads may come at once, and then both try to create the entry.  Newer than 4.7 are
 * is_observed() (4.9) and bpf_probe_read_kernel() (5.5) in is_compat().
 * Its counterpart is modern/write_count.bpf.c.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "raw_syscalls.h"
#include "write_count.bpf.h"

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
	__sync_fetch_and_add(&count->calls, 1);
	if (ctx->ret > 0)
		__sync_fetch_and_add(&count->bytes, ctx->ret);
	stat->counted++;
	return 0;
}

char _license[] SEC("license") = "GPL";
