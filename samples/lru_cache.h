/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of lru_cache: which descriptors are written to most, counted in a map
 * that has fewer entries than there are descriptors.
 *
 * Every write(2) that is entered counts for its {process, descriptor}, whether or not
 * the descriptor is open.  The map evicts the key that was used least recently, with its
 * count.  So a count is right only for a descriptor in constant use.  The records have
 * those with a large share of all calls, the hot ones; the sum of those with a smaller
 * share, the warm ones; and the total number of calls.  Valid for BPF and for user space.
 */
#ifndef SAMPLES_LRU_CACHE_H
#define SAMPLES_LRU_CACHE_H

#define LRU_CACHE_LIMIT	1024	/* entries of the map */
#define LRU_CACHE_LEAST	8	/* calls of a descriptor that is hot or warm */
#define LRU_CACHE_HOT	64	/* a hot one has at least one of so many calls, */
#define LRU_CACHE_WARM	1024	/* and a warm one of so many */

struct lru_cache_key {
	__u32 pid;		/* the process (tgid), as ps says */
	__u32 fd;		/* as given to write(2) */
};

struct lru_cache_count {
	__u64 calls;
	__u64 asked;		/* bytes that were to be written */
};

/* Has a descriptor with @calls of @all calls at least the share 1/@share? */
static inline int lru_cache_has_share(__u64 calls, __u64 all, __u64 share)
{
	return calls >= LRU_CACHE_LEAST && calls * share >= all;
}

/* Counters: in a per-CPU map on the legacy side, a global variable on the modern one. */
struct lru_cache_stats {
	__u64 calls;		/* calls that were seen */
	__u64 counted;		/* those that got into the map */
	__u64 refused;		/* those for which a full map had no room */
	__s64 error;		/* the -errno of the last one that is lost for another reason */
};

/* How many calls are neither in the map nor refused?  To be asked when no program counts. */
static inline __u64 lru_cache_lost(const struct lru_cache_stats *stats)
{
	return stats->calls - stats->counted - stats->refused;
}

#endif
