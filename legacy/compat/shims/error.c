// SPDX-License-Identifier: GPL-2.0
/*
 * error.c - how libbpf 0.x reported errors.
 *
 * A function that returned a pointer returned the error as a pointer, and a call of
 * bpf(2) returned -1.  libbpf 1.0 returns NULL and -errno.  Since 0.6 a program can
 * select the new ways one by one, with libbpf_set_strict_mode(); so it can here.
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
	/* libbpf returns the print function only when another one is set. */
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	va_list ap;

	libbpf_set_print(print);
	if (!print)
		return;
	va_start(ap, fmt);
	print(LIBBPF_WARN, fmt, ap);
	va_end(ap);
}
