/* SPDX-License-Identifier: GPL-2.0 */
/* syscall_count_report.h - how system calls are shown, at every stage. */
#ifndef SAMPLES_SYSCALL_COUNT_REPORT_H
#define SAMPLES_SYSCALL_COUNT_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "syscall_count.h"

/* What a map has for a slot; of a per-CPU map, what it has for each CPU. */
void syscall_count_enters(__u32 slot, __u64 enters);
void syscall_count_latency(__u32 slot, const struct syscall_count_latency *latency);

/*
 * Shows what was read and forgets it: a page of the live table, or the end.
 * @minmax: there is a minimum and a maximum.
 */
void syscall_count_report(bool minmax);
/* The same at the end; -1 and a line if it cannot be true. */
int syscall_count_end(bool minmax);
/* Enters and exits in what was shown last. */
__u64 syscall_count_events(void);

#endif
