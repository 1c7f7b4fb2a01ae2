/* SPDX-License-Identifier: GPL-2.0 */
/* file_opens_report.h - how opens are added up and shown, at every stage. */
#ifndef SAMPLES_FILE_OPENS_REPORT_H
#define SAMPLES_FILE_OPENS_REPORT_H

#include <linux/types.h>

#include "file_opens.h"

/*
 * Adds an entry of a map.  Entries with the same pid, or the same name, are summed up:
 * some maps have an entry for each CPU or each thread.
 */
void file_opens_process(__u32 pid, const struct file_opens_process *process);
void file_opens_name(const struct file_opens_name *name, __u64 opens);
/* Legacy only: adds to the number of hash collisions between names. */
void file_opens_collisions(__u64 collisions);

/* Prints the tables and empties them; in a live report, as a refresh. */
void file_opens_show(void);

/*
 * Checks at the end that the tables shown last add up to what was counted, and that
 * nothing was lost.  Returns 0, or -1 after a line that says what is wrong.
 */
int file_opens_totals(const struct file_opens_stats *stats);

#endif
