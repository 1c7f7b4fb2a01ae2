/* SPDX-License-Identifier: GPL-2.0 */
/* file_events_report.h - how an open is shown, at every stage. */
#ifndef SAMPLES_FILE_EVENTS_REPORT_H
#define SAMPLES_FILE_EVENTS_REPORT_H

#include <linux/types.h>

#include "file_events.h"

/* Prints one open at once.  Bytes after the NUL of the name are ignored. */
void file_events_event(const struct file_events_event *event);
/* Opens seen since the start. */
__u64 file_events_seen(void);
/* Compares the totals of a variant that matches enters and exits: see observe_totals(). */
int file_events_totals(const struct file_events_stats *stats);

#endif
