/* SPDX-License-Identifier: GPL-2.0 */
/* syscall_names.h - the names of this machine's system calls, by their numbers. */
#ifndef SAMPLES_LIB_SYSCALL_NAMES_H
#define SAMPLES_LIB_SYSCALL_NAMES_H

/*
 * Returns "getpid", or "syscall_500" if the number does not exist or is too new.  The
 * latter is in static storage, overwritten by the next call.
 */
const char *syscall_name(long nr);

#endif
