// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-cas_raw.c - write_count_raw.c with the largest write.
 *
 * Whether the kernel has compare-and-swap is not for a version number to say: it
 * is asked, with a program of five instructions.  The trap: before 5.12 the
 * opcode was there, as XADD, and only an operand was wrong.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmpxchg.h"
#include "observe.h"
#include "permission.h"
#include "sys_bpf.h"

static void need_cmpxchg(void)
{
	int fd = sys_prog_load("cmpxchg", BPF_PROG_TYPE_TRACEPOINT, cmpxchg_insns,
			       CMPXCHG_INSNS, "GPL");

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

#include "write_count_raw.c"
