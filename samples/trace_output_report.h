/* SPDX-License-Identifier: GPL-2.0 */
/* trace_output_report.h - how a record of trace_output is shown, at every stage. */
#ifndef SAMPLES_TRACE_OUTPUT_REPORT_H
#define SAMPLES_TRACE_OUTPUT_REPORT_H

#include <linux/types.h>

#include "trace_output.h"

/* Counts a record, and prints it with -v or for a program. */
void trace_output_event(const struct trace_output_event *event);
/* Records seen since the start. */
__u64 trace_output_seen(void);
/* Prints the live report: events per second, and how many were lost so far. */
void trace_output_report(__u64 lost);
/* Prints the last line: how many events there were, and how many were lost. */
void trace_output_end(__u64 lost);

#endif
