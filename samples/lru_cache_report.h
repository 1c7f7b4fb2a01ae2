/* SPDX-License-Identifier: GPL-2.0 */
/* lru_cache_report.h - how the cache is shown, and what must be true of it. */
#ifndef SAMPLES_LRU_CACHE_REPORT_H
#define SAMPLES_LRU_CACHE_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "lru_cache.h"

/*
 * Does the map refuse new keys when it is full, or does it evict?  A map that refuses
 * first checks its size and then adds the entry, so that CPUs that do this at the same
 * time may exceed the limit.
 */
extern bool lru_cache_refuses;

/*
 * Adds one descriptor.  @counts are the values of @cpus CPUs, to be summed up; there is
 * only one in a map that all CPUs share.
 */
void lru_cache_entry(const struct lru_cache_key *key, const struct lru_cache_count *counts,
		     unsigned int cpus);
/*
 * Prints the descriptors and their totals.  @exact: no program counts any more, so that
 * the numbers can be checked.  Returns 0, or -1 after a line on stderr.
 */
int lru_cache_show(const struct lru_cache_stats *stats, bool exact);

/*
 * Answers a sync of the runner.  When all tasks are observed, others may have filled up a map
 * that refuses; so a call that it refused is then one that may be missing.
 */
void lru_cache_synced(const struct lru_cache_stats *stats);

#endif
