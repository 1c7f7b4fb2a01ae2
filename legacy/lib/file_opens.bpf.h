/* SPDX-License-Identifier: GPL-2.0 */
/*
 * file_opens.bpf.h - compares and hashes names, and counts lost calls, for file_opens_kern.c
 * and file_opens-percpu_kern.c.
 */
#ifndef LEGACY_LIB_FILE_OPENS_BPF_H
#define LEGACY_LIB_FILE_OPENS_BPF_H

#include "file_opens.h"

static __always_inline int is_same(const struct file_opens_name *a,
				   const struct file_opens_name *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

#pragma unroll
	for (int i = 0; i < FILE_OPENS_WORDS; i++)
		if (x[i] != y[i])
			return 0;
	return 1;
}

static __always_inline __u64 hash_of(const struct file_opens_name *name)
{
	const __u64 *words = (const __u64 *)name;
	__u64 hash = FILE_OPENS_HASH;

#pragma unroll
	for (int i = 0; i < FILE_OPENS_WORDS; i++)
		hash = file_opens_hash(hash, words[i]);
	return hash;
}

/* Counts in the map @stats a call that is lost, since the map `starts` has no room for it. */
static __always_inline void count_unkept(void *stats, int err)
{
	struct file_opens_stats *stat;
	__u32 zero = 0;

	stat = bpf_map_lookup_elem(stats, &zero);
	if (stat) {
		stat->dropped++;
		stat->start_error = err;
	}
}

#endif
