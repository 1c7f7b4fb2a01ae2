/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - a loaded program meets its event, by perf_event_open(2).
 *
 * A kprobe or a tracepoint is a perf event on one CPU that lends its program
 * to all of them; closing the descriptor detaches it.  All return a descriptor,
 * or -1 after a line on stderr that says what was wrong; with a @prog_fd below 0,
 * whoever did not find it has said so.
 */
#ifndef LEGACY_LIB_ATTACH_H
#define LEGACY_LIB_ATTACH_H

/* @event is "category/name", as below tracefs' events/. */
int attach_tracepoint(const char *event, int prog_fd);
/* @symbol as in the source of 2016 ("sys_write"): see ksym.h. */
int attach_kprobe(const char *symbol, int prog_fd);
int attach_raw_tracepoint(const char *name, int prog_fd);

/* Ends the process with status 4 if nothing says which numbers tracepoints have. */
void need_tracefs(void);

/* NULL, or why this kernel can have no kprobe. */
const char *kprobe_missing(void);

#endif
