// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-noprealloc_kern.c - lru_cache with a HASH that refuses entries when it is full.
 *
 * With BPF_F_NO_PREALLOC (Linux 4.6) memory for an entry is allocated when the entry is
 * created, and max_entries is only a limit.  A full map returns -E2BIG: the first
 * entries stay, and the program has to count what the map refused.  Until 6.1, which
 * gave maps an allocator of their own, an allocation in a tracing program could
 * deadlock; older kernels warn of it.
 * Its counterpart is modern/lru_cache.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "lru_cache.h"
#include "raw_syscalls.h"

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(struct lru_cache_key),
	.value_size = sizeof(struct lru_cache_count),
	.max_entries = LRU_CACHE_LIMIT,
	.map_flags = BPF_F_NO_PREALLOC,
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
	__sync_fetch_and_add(&count->calls, 1);
	__sync_fetch_and_add(&count->asked, asked);
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
	else if (err == -E2BIG)
		stat->refused++;
	else
		stat->error = err;
	return 0;
}

char _license[] SEC("license") = "GPL";
