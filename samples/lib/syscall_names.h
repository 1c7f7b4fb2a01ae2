/* SPDX-License-Identifier: GPL-2.0 */
/* syscall_names.h - what the numbers of this machine's system calls mean. */
#ifndef SAMPLES_LIB_SYSCALL_NAMES_H
#define SAMPLES_LIB_SYSCALL_NAMES_H

/*
 * "getpid"; "syscall_500" if there is no such number, or it is too new: that
 * one is overwritten by the next call.
 */
const char *syscall_name(long nr);

#endif
