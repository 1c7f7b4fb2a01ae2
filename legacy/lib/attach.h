/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - attaches a loaded program to its event, by perf_event_open(2).
 *
 * A kprobe or a tracepoint is a perf event that is opened on one CPU, but its program
 * runs on all of them.  Closing the descriptor detaches the program.  All functions
 * return a descriptor, or -1 after a warning; they return -1 silently if @prog_fd is
 * below 0, as the function that did not find the program has already warned.
 */
#ifndef LEGACY_LIB_ATTACH_H
#define LEGACY_LIB_ATTACH_H

/* @event is "category/name", as below tracefs' events/. */
int attach_tracepoint(const char *event, int prog_fd);
/* @symbol as in the source of 2016 ("sys_write"): see ksym.h. */
int attach_kprobe(const char *symbol, int prog_fd);
/* The type of perf event that a kprobe is on this kernel, or -1 after a warning. */
int kprobe_type(void);

#endif
