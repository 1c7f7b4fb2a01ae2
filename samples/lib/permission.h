/* SPDX-License-Identifier: GPL-2.0 */
/*
 * permission.h - may this process use BPF here, and if not, what forbids it?
 *
 * The kernel answers EPERM or EACCES to all of it: to a missing capability, to
 * root of a user namespace, to a seccomp filter, to RLIMIT_MEMLOCK (before 5.11)
 * and to a security module; and a locked down kernel says EINVAL, as if it did
 * not know the helper.  So it is tried once, at the start, and the reason is
 * looked for then: who meets an EPERM later cannot take it for "this kernel
 * has no such thing".  samples/map_crud.md has a table of how they differ.
 */
#ifndef SAMPLES_LIB_PERMISSION_H
#define SAMPLES_LIB_PERMISSION_H

#include <stdbool.h>

/*
 * Makes a map and, if @tracing, loads two programs and opens a perf event.
 * Returns NULL, or what forbids it and what to do, in one line.
 */
const char *permission_missing(bool tracing);

/* The same line, for an EPERM or EACCES that the kernel has just answered. */
const char *permission_why(void);

/*
 * The kernel did not take @what, a probe, and said @err.  Returns if that means
 * that it does not know it.  Anything else, such as EPERM or ENOMEM, says nothing
 * about what the kernel knows: it ends the process with that reason.
 */
void permission_unknown(const char *what, int err);

#endif
