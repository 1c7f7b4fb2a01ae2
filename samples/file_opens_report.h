/* SPDX-License-Identifier: GPL-2.0 */
/* file_opens_report.h - how opens are added up and shown, at every stage. */
#ifndef SAMPLES_FILE_OPENS_REPORT_H
#define SAMPLES_FILE_OPENS_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "file_opens.h"

/*
 * Adds an entry of a map.  Entries with the same pid, or the same name, are summed up:
 * some maps have an entry for each CPU or each thread.
 */
void file_opens_process(__u32 pid, const struct file_opens_process *process);
void file_opens_name(const struct file_opens_name *name, __u64 opens);
/* Legacy only: the same for a name whose key is a hash.  @opens may be those of one CPU. */
void file_opens_file(__u64 key, const struct file_opens_file *file, __u64 opens);

/* Prints the tables and empties them; in a live report, as a refresh. */
void file_opens_show(void);

/*
 * How many counts the tables lack, as observe_synced() wants to know.  An open is counted in
 * both tables.  (The exit of a call whose enter found no room is unmatched.)  If all tasks are
 * observed, some have calls under way at the start, or that a filter refuses: that is no loss.
 */
__u64 file_opens_lost(const struct file_opens_stats *stats);

/*
 * Checks at the end that the tables shown last add up to what was counted, and that
 * nothing was lost.  @paired: does the variant pair the enters of calls with their exits?
 * Returns 0, or -1 after a line that says what is wrong.
 */
int file_opens_totals(const struct file_opens_stats *stats, bool paired);

#endif
