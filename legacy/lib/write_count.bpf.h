/* SPDX-License-Identifier: GPL-2.0 */
/* write_count.bpf.h - finds the entry of a process, for the programs of write_count. */
#ifndef LEGACY_LIB_WRITE_COUNT_BPF_H
#define LEGACY_LIB_WRITE_COUNT_BPF_H

#include "write_count.h"

/*
 * Returns the entry of the process @pid in the hash @counts, and creates it at its first
 * call.  If two CPUs create it at once, one of them gets EEXIST, and finds the entry of the
 * other.  Returns NULL, and the reason in @stat, if there is no entry.
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
