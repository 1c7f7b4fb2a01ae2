/* SPDX-License-Identifier: GPL-2.0 */
/* lru_cache_report.h - how the cache is shown, and what must be true of it. */
#ifndef SAMPLES_LRU_CACHE_REPORT_H
#define SAMPLES_LRU_CACHE_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "lru_cache.h"

/*
 * What the map does when it is full: forget, or refuse.  One that refuses checks
 * its size and then adds to it, so that CPUs which do so at once may exceed it.
 */
extern bool lru_cache_refuses;

/*
 * One descriptor.  @counts are the values of @cpus CPUs to be added up: one for a
 * map that all CPUs share.
 */
void lru_cache_entry(const struct lru_cache_key *key, const struct lru_cache_count *counts,
		     unsigned int cpus);
/*
 * Shows them, and what is true of them all.  @exact: nothing counts any more, so
 * that it is checked.  0, or -1 after a line on stderr.
 */
int lru_cache_show(const struct lru_cache_stats *stats, bool exact);

#endif
