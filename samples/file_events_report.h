/* SPDX-License-Identifier: GPL-2.0 */
/* file_events_report.h - how an open is shown, at every stage. */
#ifndef SAMPLES_FILE_EVENTS_REPORT_H
#define SAMPLES_FILE_EVENTS_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "file_events.h"

/* Prints one open at once.  All bytes after the NUL of the name have to be 0. */
void file_events_event(const struct file_events_event *event);
/* Opens seen since the start. */
__u64 file_events_seen(void);
/*
 * How many records are lost, as observe_synced() wants to know.  (The exit of a call whose
 * enter found no room is unmatched.)
 */
static inline __u64 file_events_lost(const struct file_events_stats *stats)
{
	return stats->lost + stats->unmatched;
}

/*
 * Compares the totals: see observe_totals().  @paired: does the variant pair the enters of
 * calls with their exits?
 */
int file_events_totals(const struct file_events_stats *stats, bool paired);

#endif
