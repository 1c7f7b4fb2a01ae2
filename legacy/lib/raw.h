/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw.h - the little that every variant at the raw stage does with its maps:
 * say whom to observe, and add up what its program counted.
 */
#ifndef LEGACY_LIB_RAW_H
#define LEGACY_LIB_RAW_H

#include <stddef.h>
#include <linux/types.h>

/* Fills the maps of observed.h from samples/lib's observe: 0, or -1 and a line. */
int raw_observe(int observed_fd, int observed_cgroup_fd);

/*
 * Adds up entry 0 of a PERCPU_ARRAY, a struct of @size bytes that is all 64-bit
 * numbers, over the CPUs; one below 0 is an error, of which any is kept.  0, or -1
 * and a line.  While this reads a map, kprobe
 * and tracepoint programs on its CPU may be skipped; so not while it matters.
 */
int raw_stats(int stats_fd, void *sums, size_t size);

#endif
