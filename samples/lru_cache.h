/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of lru_cache: which descriptors are written to most, counted in a map
 * that has fewer entries than there are descriptors.
 *
 * Every write(2) that is entered counts for its {process, descriptor}, whether or not
 * the descriptor is open.  The map evicts the key that was used least recently, with its
 * count.  So a count is right only for a descriptor in constant use.  The records have
 * the descriptors with at least LRU_CACHE_HOT calls, and only the total number of calls
 * of all others.  Valid for BPF and for user space.
 */
#ifndef SAMPLES_LRU_CACHE_H
#define SAMPLES_LRU_CACHE_H

#define LRU_CACHE_LIMIT	1024	/* entries of the map */
#define LRU_CACHE_HOT	32	/* calls that make a descriptor a record */

struct lru_cache_key {
	__u32 pid;		/* the process (tgid), as ps says */
	__u32 fd;		/* as given to write(2) */
};

struct lru_cache_count {
	__u64 calls;
	__u64 asked;		/* bytes that were to be written */
};

/* Counters: in a per-CPU map on the legacy side, a global variable on the modern one. */
struct lru_cache_stats {
	__u64 counted;		/* calls that got into the map */
	__u64 lost;		/* calls that did not, for another reason than a full map */
	__u64 refused;		/* calls for which a full map had no room */
	__s64 error;		/* the -errno of the last lost call */
};

#endif
