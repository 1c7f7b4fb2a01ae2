/* SPDX-License-Identifier: GPL-2.0 */
/* write_count_report.h - how counted writes are shown, at every stage. */
#ifndef SAMPLES_WRITE_COUNT_REPORT_H
#define SAMPLES_WRITE_COUNT_REPORT_H

#include <stdbool.h>
#include <linux/types.h>

#include "write_count.h"

/*
 * Adds one process.  @counts are the values of @cpus CPUs, to be summed up; there is
 * only one in a map that all CPUs share.
 */
void write_count_process(__u32 pid, const struct write_count *counts, unsigned int cpus);
/* Prints all processes, and returns the total number of calls. */
__u64 write_count_show(void);
/*
 * To be called at the end, with what write_count_show() returned and what the program counted:
 * returns -1 after a line on stderr if that is wrong.  Why calls were lost is a record, too.
 */
int write_count_totals(__u64 shown, __u64 counted, __u64 lost, long error);

/* Set by a variant whose program keeps the largest write. */
extern bool write_count_largest;

#endif
