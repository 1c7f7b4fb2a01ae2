// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache.bpf.c - counts writes of each descriptor in bounded memory, as written today.
 *
 * The map type is that of Linux 4.10 in a new declaration.  Since 6.16 (and in stable
 * kernels) CPUs share its free entries better, so that a small map is of use on a large
 * machine, too.  As on the legacy side a lookup by the program marks an entry as used,
 * so a new entry gets its first count with the update, and not by a lookup.
 * User space may change the map's type before the load.  The values of an
 * LRU_PERCPU_HASH are per CPU, but its entries are not (atomic additions then do no
 * harm).  A HASH with BPF_F_NO_PREALLOC refuses an entry when it is full; since 6.1 it
 * has an allocator of its own, which is safe in any context.  It checks the limit and
 * then counts the entry, so two CPUs that do so at once may exceed the limit by one.
 * Its counterparts are legacy/lru_cache_kern.c, lru_cache-percpu_kern.c and
 * lru_cache-noprealloc_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/errno.h>	/* only macros, so it can stand beside vmlinux.h */

#include "lru_cache.h"
#include "observed.bpf.h"
#include "syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LRU_CACHE_LIMIT);
	__type(key, struct lru_cache_key);
	__type(value, struct lru_cache_count);
} counts SEC(".maps");

struct lru_cache_stats stats;

/* __NR_write: vmlinux.h has types but no macros, so user space sets it. */
const volatile int write_nr;

/* Returns false if the descriptor has no entry. */
static __always_inline bool add_call(const struct lru_cache_key *key, __u64 asked)
{
	struct lru_cache_count *count = bpf_map_lookup_elem(&counts, key);

	if (!count)
		return false;
	__sync_fetch_and_add(&count->calls, 1);
	__sync_fetch_and_add(&count->asked, asked);
	return true;
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

static __always_inline int on_write(long nr, __u32 fd, __u64 asked)
{
	struct lru_cache_key key;
	int err;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	key.pid = bpf_get_current_pid_tgid() >> 32;
	key.fd = fd;
	__sync_fetch_and_add(&stats.calls, 1);
	err = count_write(&key, asked);
	if (!err)
		__sync_fetch_and_add(&stats.counted, 1);
	else if (err == -E2BIG)		/* a HASH is full; an LRU makes room */
		__sync_fetch_and_add(&stats.refused, 1);
	else
		stats.error = err;
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(lru_cache, struct pt_regs *regs, long nr)
{
	return on_write(nr, PT_REGS_PARM1_SYSCALL(regs), PT_REGS_PARM3_SYSCALL(regs));
}

/* The same through perf, for a kernel that may preempt tp_btf: see modern_preempted(). */
SEC("?tp/raw_syscalls/sys_enter")
int lru_cache_perf(struct trace_event_raw_sys_enter *ctx)
{
	return on_write(ctx->id, ctx->args[0], ctx->args[2]);
}

char _license[] SEC("license") = "GPL";
