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
/*
 * When all tasks are observed, the observer's own thread has to be left out: then a start that is
 * stored for it before the programs are attached is still there at the end.  Returns false, or
 * true with the key and the value that are to be stored.
 */
bool syscall_count_own(__u64 *thread, struct syscall_count_start *start);
/* Counts a start that is still in its map at the end; @thread is its key. */
void syscall_count_unended(__u64 thread, const struct syscall_count_start *start);

/*
 * Prints a refresh of the live table and empties it.  @minmax: the variant has a minimum
 * and a maximum.
 */
void syscall_count_report(bool minmax);
/* Prints the table at the end; returns -1 after a line if its numbers are impossible. */
int syscall_count_end(bool minmax);
/*
 * To be called after that, with what the program counted: returns -1 after a line on stderr if
 * something was lost.  The reason is a record, too.
 */
int syscall_count_totals(__u64 lost, long error);

#endif
