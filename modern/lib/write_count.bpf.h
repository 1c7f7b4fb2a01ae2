/* SPDX-License-Identifier: GPL-2.0 */
/* write_count.bpf.h - finds the entry of a process, for write_count and write_count-cas. */
#ifndef MODERN_LIB_WRITE_COUNT_BPF_H
#define MODERN_LIB_WRITE_COUNT_BPF_H

#include <bpf/bpf_helpers.h>

#include "write_count.h"

/*
 * Returns the entry of the process @pid in the hash @counts, and creates it at its first
 * call.  If two CPUs create it at once, one of them gets EEXIST, and finds the entry of the
 * other.  Returns NULL, and the reason in @why, if there is no entry.
 */
static __always_inline struct write_count *find(void *counts, __u32 pid, int *why)
{
	struct write_count *count, fresh = {};
	int err;	/* in some kernels, such as 6.1, the upper half of the result is 0 */

	count = bpf_map_lookup_elem(counts, &pid);
	if (count)
		return count;
	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
	err = bpf_map_update_elem(counts, &pid, &fresh, BPF_NOEXIST);
	count = bpf_map_lookup_elem(counts, &pid);
	if (!count)
		*why = err;
	return count;
}

#endif
