/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - for compat's own sources: the names of libbpf >= 1.0 mean what
 * they say, beside the declarations of what compat adds.
 */
#ifndef COMPAT_H
#define COMPAT_H

#define COMPAT_IMPLEMENTATION
#include <bpf/libbpf.h>

/* What a function that returns an object does about -errno. */
struct bpf_object *compat_no_object(int err);
/* A line where libbpf's own warnings go: to libbpf_set_print()'s function. */
void compat_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
