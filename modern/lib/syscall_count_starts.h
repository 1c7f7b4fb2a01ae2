/* SPDX-License-Identifier: GPL-2.0 */
/*
 * syscall_count_starts.h - reads the calls that have not ended, for the skeletons of
 * syscall_count and syscall_count-global.
 */
#ifndef MODERN_LIB_SYSCALL_COUNT_STARTS_H
#define MODERN_LIB_SYSCALL_COUNT_STARTS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "observe.h"
#include "syscall_count_report.h"

static inline int store_own(const struct bpf_map *map)
{
	struct syscall_count_start start;
	__u64 thread;

	return syscall_count_own(&thread, &start) ?
	       bpf_map_update_elem(bpf_map__fd(map), &thread, &start, BPF_ANY) : 0;
}

static inline int read_starts(const struct bpf_map *map)
{
	__u32 n = SYSCALL_COUNT_THREADS, at;
	struct syscall_count_start *starts = calloc(n, sizeof(*starts));
	__u64 *threads = calloc(n, sizeof(*threads));
	int err = starts && threads ? 0 : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_batch(bpf_map__fd(map), NULL, &at, threads, starts, &n, NULL);
	/* The buffer has room for all entries, so the first batch is the last, with ENOENT. */
	if (err && err != -ENOENT)
		observe_warn("cannot read the starts: %s", strerror(-err));
	else
		err = 0;
	for (__u32 i = 0; !err && i < n; i++)
		syscall_count_unended(threads[i], &starts[i]);
	free(threads);
	free(starts);
	return err;
}

#endif
