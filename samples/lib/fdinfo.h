/* SPDX-License-Identifier: GPL-2.0 */
/* fdinfo.h - what the kernel says of a descriptor of this process, in /proc/self/fdinfo. */
#ifndef SAMPLES_LIB_FDINFO_H
#define SAMPLES_LIB_FDINFO_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * Reads the number in the line "@name: NUMBER" of the descriptor @fd.  Returns false, and
 * leaves @value as it is, if there is no such line.
 */
bool fdinfo_number(int fd, const char *name, __u64 *value);

#endif
