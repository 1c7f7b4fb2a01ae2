/* SPDX-License-Identifier: GPL-2.0 */
/* proc_stat.h - the line of /proc/PID/stat; see proc(5). */
#ifndef SAMPLES_LIB_PROC_STAT_H
#define SAMPLES_LIB_PROC_STAT_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads that line into @line, of @size bytes.  Returns the ')' that ends the second field,
 * the name, which may itself contain spaces and parentheses; the state is two characters
 * further on.  Returns NULL if there is no such process.
 */
const char *proc_stat(pid_t pid, char *line, size_t size);

#endif
