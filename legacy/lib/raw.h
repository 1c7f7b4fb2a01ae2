/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw.h - what variants at the raw stage do with their maps: they set which tasks are
 * observed, and add up what their program has counted.  trace_output_raw.c, which is read
 * first, has these calls written out instead.
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
