// SPDX-License-Identifier: GPL-2.0
/*
 * isoc23.c - functions that a newer libbpf.a needs, and an older C library lacks.
 *
 * In code that is compiled with glibc 2.38 or newer, sscanf() and strtol() have other
 * names; they differ only in that they read binary numbers, too.  check-legacy.sh links
 * this with the newest libbpf, which is from a newer distribution.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define weak __attribute__((weak))

int __isoc23_sscanf(const char *text, const char *format, ...);
int __isoc23_fscanf(FILE *file, const char *format, ...);
long __isoc23_strtol(const char *text, char **end, int base);
long long __isoc23_strtoll(const char *text, char **end, int base);
unsigned long __isoc23_strtoul(const char *text, char **end, int base);
unsigned long long __isoc23_strtoull(const char *text, char **end, int base);

weak int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsscanf(text, format, ap);
	va_end(ap);
	return n;
}

weak int __isoc23_fscanf(FILE *file, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vfscanf(file, format, ap);
	va_end(ap);
	return n;
}

weak long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol(text, end, base);
}

weak long long __isoc23_strtoll(const char *text, char **end, int base)
{
	return strtoll(text, end, base);
}

weak unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
	return strtoul(text, end, base);
}

weak unsigned long long __isoc23_strtoull(const char *text, char **end, int base)
{
	return strtoull(text, end, base);
}
