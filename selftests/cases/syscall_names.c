// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_names - prints the names of system calls 0 to N-1, for test_syscall_names.sh: a
 * line "NUMBER NAME" for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe.h"
#include "syscall_names.h"

#define USAGE	"usage: syscall_names N"

int main(int argc, char **argv)
{
	long n = argc == 2 ? atol(argv[1]) : 0;

	if (argc == 2 && !strcmp(argv[1], "-h"))
		return puts(USAGE) == EOF || fflush(stdout) ? 1 : 0;
	if (n <= 0)
		observe_die(USAGE);
	for (long nr = 0; nr < n; nr++)
		printf("%ld %s\n", nr, syscall_name(nr));
	if (fflush(stdout))
		observe_die("cannot write to stdout");
	return 0;
}
