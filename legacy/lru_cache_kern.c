// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache_kern.c - counts writes of each descriptor in bounded memory, as in Linux 4.10.
 *
 * An LRU_HASH never refuses an entry: when it is full, it drops the entries that were
 * least recently used (approximately, and many at a time).  A lookup by a program marks
 * an entry as used.  If the program looked up each new entry to add to it, all entries
 * would be marked; so a new entry gets its first count with the update.  Newer than 4.10
 * is bpf_probe_read_kernel() (5.5) in is_compat().
 * Its counterpart is modern/lru_cache.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "lru_cache.h"
#include "raw_syscalls.h"

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_LRU_HASH,
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
	else
		stat->error = err;
	return 0;
}

char _license[] SEC("license") = "GPL";
