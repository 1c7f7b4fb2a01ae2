// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-percpu.bpf.c - lru_cache with a value for each CPU, now.
 *
 * The same LRU_PERCPU_HASH as then: the values are per CPU, the entries are not.
 * ON_SYS_ENTER() has the SEC(): see lib/on_syscall.bpf.h.
 * Its counterpart is legacy/lru_cache-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lru_cache.h"
#include "observed.bpf.h"
#include "on_syscall.bpf.h"
#include "syscall_compat.bpf.h"

/* vmlinux.h has types and no macros. */
#define ENOENT	2
#define EEXIST	17

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, LRU_CACHE_LIMIT);
	__type(key, struct lru_cache_key);
	__type(value, struct lru_cache_count);
} counts SEC(".maps");

struct lru_cache_stats stats;

/* Nor does it have this number, which user space knows. */
const volatile int write_nr;

static __always_inline int add(const struct lru_cache_key *key, __u64 asked)
{
	struct lru_cache_count *count = bpf_map_lookup_elem(&counts, key);

	if (!count)
		return -ENOENT;
	count->calls++;
	count->asked += asked;
	return 0;
}

static __always_inline int count_write(const struct lru_cache_key *key, __u64 asked)
{
	struct lru_cache_count first = { .calls = 1, .asked = asked };
	int err = add(key, asked);

	if (err)
		err = bpf_map_update_elem(&counts, key, &first, BPF_NOEXIST);
	if (err == -EEXIST)	/* another thread was faster */
		err = add(key, asked);
	return err;
}

ON_SYS_ENTER(lru_cache, regs, nr)
{
	struct lru_cache_key key = { .fd = PT_REGS_PARM1_SYSCALL(regs) };
	int err;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	key.pid = bpf_get_current_pid_tgid() >> 32;
	err = count_write(&key, PT_REGS_PARM3_SYSCALL(regs));
	if (err) {
		__sync_fetch_and_add(&stats.lost, 1);
		stats.error = err;
	} else {
		__sync_fetch_and_add(&stats.counted, 1);
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
