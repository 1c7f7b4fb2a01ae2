// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_offset - prints the offsets of members of a kernel struct, in bytes, for a shell script.
 *
 *	bpf_offset STRUCT MEMBER...
 *
 * A script can find them in the output of `bpftool btf dump`.  But a bpftool of 2020
 * (that of Linux 5.10) refuses BTF with a kind of type that it does not know, such as
 * ENUM64 in that of 6.1; this program uses the BTF reader of the raw stage, which skips
 * such types.
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
