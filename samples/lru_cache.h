/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of lru_cache: which descriptors are written to most, in a memory
 * that is smaller than the number of descriptors.
 *
 * Every write(2) that is entered counts for its {process, descriptor}, open or
 * not.  What was used least recently is forgotten, with its count.  So a count
 * is right only for what is in constant use; the records have what was written to
 * often (LRU_CACHE_HOT), and nothing of the others but how many calls there were.
 * Valid for BPF and for user space.
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

/* Counters: of each CPU on the legacy side, a global variable on the modern one. */
struct lru_cache_stats {
	__u64 counted;		/* calls that got into the map */
	__u64 lost;		/* calls that did not, for another reason than a full map */
	__u64 refused;		/* calls for which a full map had no room */
	__s64 error;		/* the -errno of the last that was lost */
};

#endif
