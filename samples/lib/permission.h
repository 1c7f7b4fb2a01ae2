/* SPDX-License-Identifier: GPL-2.0 */
/*
 * permission.h - may this process use BPF here, and if not, what forbids it?
 *
 * The kernel answers EPERM or EACCES for many reasons: a missing capability, root of a
 * user namespace, a seccomp filter, RLIMIT_MEMLOCK (before 5.11) or a security module.
 * A kernel that is locked down says EINVAL, as if it did not know the helper.  So BPF is
 * tried once, at the start, and the reason is looked for then.  Code that gets an EPERM
 * later then cannot take it for "this kernel does not know that".  samples/map_crud.md
 * has a table of how the reasons differ.
 */
#ifndef SAMPLES_LIB_PERMISSION_H
#define SAMPLES_LIB_PERMISSION_H

#include <stdbool.h>
#include <sys/resource.h>

/*
 * Makes a map and, if @tracing, loads small programs and opens a perf event.
 * Returns NULL, or what forbids it and what to do, in one line.
 */
const char *permission_missing(bool tracing);

/* Returns the same line, after the kernel has just answered EPERM or EACCES. */
const char *permission_why(void);

/*
 * Raises RLIMIT_MEMLOCK as far as it may: before 5.11 maps are charged to it, those of all
 * processes of a user together.  @old gets the previous limit.  Returns 0, or -1 if the limit is
 * too low and may not be raised.
 */
int permission_raise_memlock(struct rlimit *old);

/*
 * To be called when the kernel has refused @what, a probe, with @err.  Returns if that
 * means that the kernel does not know it.  Any other error, such as EPERM or ENOMEM, says
 * nothing about what the kernel knows, so this ends the process with that reason.
 */
void permission_unknown(const char *what, int err);

#endif
