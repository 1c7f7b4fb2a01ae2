// SPDX-License-Identifier: GPL-2.0
/*
 * version.c - what --version of every program says; see version.h.
 *
 * The Makefile defines VERSION for this file alone, so that a commit compiles nothing
 * else anew; whoever compiles it without has no version.  Nothing here knows libbpf: the
 * reference is weak, and is NULL in a program that is not linked with it, or with a
 * libbpf before 0.6, which has no such function.
 */
#include <errno.h>
#include <stdio.h>

#include "version.h"

#ifndef VERSION
#define VERSION "(unknown)"
#endif

#pragma weak libbpf_version_string
const char *libbpf_version_string(void);

void version_print(void)
{
	printf("%s of bpf_evolution %s", program_invocation_short_name, VERSION);
	if (libbpf_version_string)
		printf(", libbpf %s", libbpf_version_string());
	putchar('\n');
}
