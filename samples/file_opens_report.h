/* SPDX-License-Identifier: GPL-2.0 */
/* file_opens_report.h - how opens are added up and shown, at every stage. */
#ifndef SAMPLES_FILE_OPENS_REPORT_H
#define SAMPLES_FILE_OPENS_REPORT_H

#include <linux/types.h>

#include "file_opens.h"

/*
 * What a map says.  What has the same pid, or the same name, is added up: some
 * maps have an entry for each CPU or each thread.
 */
void file_opens_process(__u32 pid, const struct file_opens_process *process);
void file_opens_name(const struct file_opens_name *name, __u64 opens);
/* Legacy: how often names got in each other's way. */
void file_opens_collisions(__u64 collisions);

/* Shows the tables and empties them; live it is a page. */
void file_opens_show(void);

/*
 * The last word: what was shown last adds up to what was counted, and nothing
 * was lost.  0, or -1 after a line that says what is wrong.
 */
int file_opens_totals(const struct file_opens_stats *stats);

#endif
