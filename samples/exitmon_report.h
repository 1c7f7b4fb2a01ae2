/* SPDX-License-Identifier: GPL-2.0 */
/* exitmon_report.h - how a record of exitmon is shown, at every stage. */
#ifndef SAMPLES_EXITMON_REPORT_H
#define SAMPLES_EXITMON_REPORT_H

#include <linux/types.h>

#include "exitmon.h"

/* Prints one record at once. */
void exitmon_event(const struct exitmon_event *event);
/* Records seen since the start. */
__u64 exitmon_seen(void);

#endif
