/* SPDX-License-Identifier: GPL-2.0 */
/* write_count_map.h - reads the counts, for the skeletons of write_count and write_count-cas. */
#ifndef MODERN_LIB_WRITE_COUNT_MAP_H
#define MODERN_LIB_WRITE_COUNT_MAP_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "observe.h"
#include "write_count_report.h"

/* Shows all processes, and stores the sum of their calls in @calls. */
static inline int read_counts(const struct bpf_map *counts, __u64 *calls)
{
	const unsigned int room = WRITE_COUNT_MAX_PROCESSES;
	const unsigned int slots = bpf_map__type(counts) == BPF_MAP_TYPE_PERCPU_HASH ?
				   libbpf_num_possible_cpus() : 1;
	struct write_count *values = calloc(room * slots, sizeof(*values));
	__u32 *pids = calloc(room, sizeof(*pids)), at, n = room, i;
	int err = values && pids ? 0 : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_batch(bpf_map__fd(counts), NULL, &at, pids, values, &n, NULL);
	/* The buffer has room for all entries, so the first batch is the last, with ENOENT. */
	if (err && err != -ENOENT)
		observe_warn("cannot read the counts: %s", strerror(-err));
	else
		err = 0;
	for (i = 0; !err && i < n; i++)
		write_count_process(pids[i], &values[i * slots], slots);
	*calls = write_count_show();
	free(pids);
	free(values);
	return err;
}

#endif
