/* SPDX-License-Identifier: GPL-2.0 */
/* write_count.bpf.h - how the programs of write_count find a process's entry. */
#ifndef LEGACY_LIB_WRITE_COUNT_BPF_H
#define LEGACY_LIB_WRITE_COUNT_BPF_H

#include "write_count.h"

/*
 * The entry of the process @pid in the hash @counts, which its first call makes.  Of two
 * CPUs that make it at once, one gets EEXIST, and finds that of the other.  NULL, and why
 * in @stat.
 */
static __always_inline struct write_count *find(void *counts, __u32 pid,
						struct write_count_stats *stat)
{
	struct write_count *count, fresh = {};
	long err;

	count = bpf_map_lookup_elem(counts, &pid);
	if (count)
		return count;
	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
	err = bpf_map_update_elem(counts, &pid, &fresh, BPF_NOEXIST);
	count = bpf_map_lookup_elem(counts, &pid);
	if (!count)
		stat->error = err;
	return count;
}

#endif
