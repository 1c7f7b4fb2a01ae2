/* SPDX-License-Identifier: GPL-2.0 */
/* proc_stat.h - the line of /proc/PID/stat; see proc(5). */
#ifndef SAMPLES_LIB_PROC_STAT_H
#define SAMPLES_LIB_PROC_STAT_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads it to @line, of @size bytes.  Returns the ')' that ends the second field, the
 * name, in which there may be spaces and more of them; the state is two characters on.
 * NULL if there is no such process.
 */
const char *proc_stat(pid_t pid, char *line, size_t size);

#endif
