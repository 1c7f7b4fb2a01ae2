// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache.bpf.c - writes of each descriptor in bounded memory, now.
 *
 * The map is that of 2016, in a new declaration; how it shares free entries among
 * the CPUs has been mended since (6.16, and stable kernels), so that a small one is
 * of use on a large machine.  The trap has stayed: who looks a new entry up marks
 * it as used.
 * User space may make the map another one before the load: an LRU_PERCPU_HASH, whose
 * values are per CPU while its entries are not (atomic additions then do no harm); or
 * a HASH that refuses when it is full, with BPF_F_NO_PREALLOC.  Since 6.1 such a hash has
 * an allocator of its own, safe in any context.  The limit is checked
 * and then the entry counted, so two CPUs that do so at once may exceed it by one.
 * Its counterparts are legacy/lru_cache_kern.c, lru_cache-percpu_kern.c and
 * lru_cache-noprealloc_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lru_cache.h"
#include "observed.bpf.h"
#include "syscall_compat.bpf.h"

/* vmlinux.h has types and no macros. */
#define ENOENT	2
#define E2BIG	7
#define EEXIST	17

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
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
	__sync_fetch_and_add(&count->calls, 1);
	__sync_fetch_and_add(&count->asked, asked);
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

static __always_inline int on_write(long nr, __u32 fd, __u64 asked)
{
	struct lru_cache_key key = { .fd = fd };
	int err;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	key.pid = bpf_get_current_pid_tgid() >> 32;
	err = count_write(&key, asked);
	if (!err) {
		__sync_fetch_and_add(&stats.counted, 1);
	} else if (err == -E2BIG) {	/* a HASH is full; an LRU makes room */
		__sync_fetch_and_add(&stats.refused, 1);
	} else {
		__sync_fetch_and_add(&stats.lost, 1);
		stats.error = err;
	}
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(lru_cache, struct pt_regs *regs, long nr)
{
	return on_write(nr, PT_REGS_PARM1_SYSCALL(regs), PT_REGS_PARM3_SYSCALL(regs));
}

/* By way of perf, where the kernel may preempt the other: see modern_preempted(). */
SEC("?tp/raw_syscalls/sys_enter")
int lru_cache_perf(struct trace_event_raw_sys_enter *ctx)
{
	return on_write(ctx->id, ctx->args[0], ctx->args[2]);
}

char _license[] SEC("license") = "GPL";
