/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw.h - what every variant at the raw stage does with its maps: it sets which tasks are
 * observed, and adds up what its program has counted.
 */
#ifndef LEGACY_LIB_RAW_H
#define LEGACY_LIB_RAW_H

#include <stddef.h>
#include <linux/types.h>

/* Fills the maps of observed.h from the options.  Returns 0, or -1 after a warning. */
int raw_observe(int observed_fd, int observed_cgroup_fd);

/*
 * Adds up entry 0 of a PERCPU_ARRAY over all CPUs: a struct of @size bytes with 64-bit numbers
 * only.  A number below 0 is an error, and is not added up: one of them is kept.  Returns 0, or
 * -1 after a warning.  While this reads the map, kprobe and tracepoint programs on its CPU may be
 * skipped, so it is not called while the workload runs.
 */
int raw_stats(int stats_fd, void *sums, size_t size);

#endif
