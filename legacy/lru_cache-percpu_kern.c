// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-percpu_kern.c - lru_cache with a value for each CPU.
 *
 * Only the values of an entry are per CPU.  All CPUs share the entries, and the decision
 * which entry is dropped (with BPF_F_NO_COMMON_LRU each CPU would have a list of its
 * own).  Before 5.10, when a program created an entry in the memory of a dropped one,
 * the other CPUs still had the values of the dropped entry.
 * Its counterpart is modern/lru_cache.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "lru_cache.h"
#include "raw_syscalls.h"

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	.key_size = sizeof(struct lru_cache_key),
	.value_size = sizeof(struct lru_cache_count),
	.max_entries = LRU_CACHE_LIMIT,
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct lru_cache_stats),
	.max_entries = 1,
};

/* Returns 0 if the descriptor has no entry. */
static __always_inline int add_call(const struct lru_cache_key *key, __u64 asked)
{
	struct lru_cache_count *count = bpf_map_lookup_elem(&counts, key);

	if (!count)
		return 0;
	count->calls++;
	count->asked += asked;
	return 1;
}

static __always_inline int count_write(const struct lru_cache_key *key, __u64 asked)
{
	struct lru_cache_count first = { .calls = 1, .asked = asked };
	int err = 0;

	if (!add_call(key, asked))
		err = bpf_map_update_elem(&counts, key, &first, BPF_NOEXIST);
	if (err == -EEXIST && add_call(key, asked))	/* another thread was faster */
		err = 0;
	return err;
}

SEC("tracepoint/raw_syscalls/sys_enter")
int lru_cache(struct sys_enter_args *ctx)
{
	struct lru_cache_stats *stat;
	struct lru_cache_key key;
	__u32 zero = 0;
	int err;

	if (ctx->nr != __NR_write)
		return 0;
	stat = bpf_map_lookup_elem(&stats, &zero);
	if (!stat || !is_observed() || is_compat())
		return 0;
	key.pid = bpf_get_current_pid_tgid() >> 32;
	key.fd = ctx->args[0];
	stat->calls++;
	err = count_write(&key, ctx->args[2]);
	if (!err)
		stat->counted++;
	else
		stat->error = err;
	return 0;
}

char _license[] SEC("license") = "GPL";
