/* SPDX-License-Identifier: GPL-2.0 */
/* syscall_count_report.h - how system calls are shown, at every stage. */
#ifndef SAMPLES_SYSCALL_COUNT_REPORT_H
#define SAMPLES_SYSCALL_COUNT_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "syscall_count.h"

/* Adds the value of a slot; called for each CPU if the map is per-CPU. */
void syscall_count_enters(__u32 slot, __u64 enters);
void syscall_count_latency(__u32 slot, const struct syscall_count_latency *latency);
/* Counts a start that is still in its map at the end. */
void syscall_count_unended(const struct syscall_count_start *start);

/*
 * Prints a refresh of the live table and empties it.  @minmax: the variant has a minimum
 * and a maximum.
 */
void syscall_count_report(bool minmax);
/* Prints the table at the end; returns -1 after a line if its numbers are impossible. */
int syscall_count_end(bool minmax);
/* The number of enters and exits in the table shown last. */
__u64 syscall_count_events(void);

#endif
