/* SPDX-License-Identifier: GPL-2.0 */
/* execmon_report.h - how execs and their counts are shown, at every stage. */
#ifndef SAMPLES_EXECMON_REPORT_H
#define SAMPLES_EXECMON_REPORT_H

#include <linux/types.h>

#include "execmon.h"

/* Prints one exec at once. */
void execmon_event(const struct execmon_event *event);
/* Execs seen since the start. */
__u64 execmon_seen(void);
/* Adds one row to the final table; execmon_counts() then prints the table. */
void execmon_count(const struct execmon_key *key, __u64 execs);
void execmon_counts(void);
/*
 * Compares the totals at the end: see observe_totals().  Prints how many execs are not in the
 * table of counts.  That is no failure if the map was full: each of them was reported, and the
 * counts and this number together are all execs.
 */
int execmon_totals(const struct execmon_stats *stats);

#endif
