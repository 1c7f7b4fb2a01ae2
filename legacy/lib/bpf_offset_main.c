// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_offset - where members of a kernel struct are, in bytes, for a shell.
 *
 *	bpf_offset STRUCT MEMBER...
 *
 * A shell can pick them from what `bpftool btf dump` prints.  But a bpftool of
 * 2020 (5.10's) refuses the BTF of any kernel that has a kind of type it has
 * not heard of, such as 6.1's with ENUM64; the raw stage's reader steps over it.
 */
#include <stdio.h>
#include <string.h>

#include "observe.h"

#include "btf_find.h"

#define USAGE	"usage: bpf_offset STRUCT MEMBER..."

int main(int argc, char **argv)
{
	struct btf_types *btf;

	if (argc == 2 && !strcmp(argv[1], "-h"))
		return puts(USAGE) == EOF || fflush(stdout) ? 1 : 0;
	if (argc < 3)
		observe_die(USAGE);
	btf = btf_need_kernel();
	for (int i = 2; i < argc; i++)
		printf("%u%c", btf_need(btf, argv[1], argv[i]), i + 1 < argc ? ' ' : '\n');
	btf_close(btf);
	return fflush(stdout) ? 1 : 0;
}
