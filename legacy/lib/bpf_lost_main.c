// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_lost - why a record was lost, for a shell: what observe_loss() says.
 *
 *	bpf_lost ERROR		as the program has counted it, such as -28
 */
#include <stdio.h>
#include <stdlib.h>

#include "observe.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		observe_die("usage: bpf_lost ERROR");
	return puts(observe_loss(atol(argv[1]))) == EOF || fflush(stdout) ? 1 : 0;
}
