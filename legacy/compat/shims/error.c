// SPDX-License-Identifier: GPL-2.0
/*
 * error.c - how libbpf 0.x said that something has failed.
 *
 * A pointer held the error; a call of bpf(2) returned -1.  1.0 returns NULL and
 * -errno.  From 0.6 on a program could ask for the new ways one by one, by
 * libbpf_set_strict_mode(): what it asked for it gets here as well.
 */
#include <errno.h>
#include <stdarg.h>

#include "compat.h"

static int strict;

bool compat_strict(enum libbpf_strict_mode mode)
{
	return strict & mode;
}

int compat_libbpf_set_strict_mode(enum libbpf_strict_mode mode)
{
	strict = mode;
	return libbpf_set_strict_mode(mode);
}

int compat_errno(int ret)
{
	return ret < 0 && !compat_strict(LIBBPF_STRICT_DIRECT_ERRS) ? -1 : ret;
}

void *compat_pointer(void *p)
{
	int err = errno;

	if (p || compat_strict(LIBBPF_STRICT_CLEAN_PTRS))
		return p;
	return (void *)(long)-(err ? err : EINVAL);
}

struct bpf_object *compat_no_object(int err)
{
	errno = -err;
	return compat_pointer(NULL);
}

void compat_warn(const char *fmt, ...)
{
	/* The only way to ask for it is to set it. */
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	va_list ap;

	libbpf_set_print(print);
	if (!print)
		return;
	va_start(ap, fmt);
	print(LIBBPF_WARN, fmt, ap);
	va_end(ap);
}
