// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-cas_user.c - write_count_user.c with the largest write.
 *
 * bpf_load_program() loads a few instructions without an object: enough to ask
 * whether the kernel has compare-and-swap.  The trap: with this name and these
 * arguments it is gone from libbpf 1.0, where bpf_prog_load() does it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "cmpxchg.h"
#include "observe.h"
#include "permission.h"

static void need_cmpxchg(void)
{
	int fd = bpf_load_program(BPF_PROG_TYPE_TRACEPOINT, cmpxchg_insns, CMPXCHG_INSNS,
				  "GPL", 0, NULL, 0);

	if (fd < 0) {
		permission_unknown("BPF_CMPXCHG", errno);
		observe_skip("this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12): %s",
			     strerror(errno));
	}
	close(fd);
}

#define KERN		"write_count-cas_kern.o"
#define PREPARE()	(need_cmpxchg(), write_count_largest = true)
#define SLOTS		1
#define OF_WHAT		", and the largest"

#include "write_count_user.c"
