// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_permitted - says what forbids the use of BPF, for a shell.
 *
 *	bpf_permitted [maps]
 *
 * bpftool gives the kernel's "Operation not permitted", which may be a missing
 * capability, a seccomp filter, a limit or a locked down kernel: see
 * samples/lib/permission.h.  With "maps" nothing is asked about programs.
 * Exit status 0: nothing does; 4, with the reason on stdout.
 */
#include <stdio.h>
#include <string.h>

#include "observe.h"
#include "permission.h"

int main(int argc, char **argv)
{
	const char *why;

	if (argc > 1 && strcmp(argv[1], "maps"))
		return puts("usage: bpf_permitted [maps]") == EOF;
	why = permission_missing(argc < 2);
	if (!why)
		return 0;
	puts(why);
	return EXIT_SKIP;
}
