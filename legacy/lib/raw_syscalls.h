/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw_syscalls.h - the tracepoints of all system calls, for programs that look at one of them.
 *
 * A tracepoint below syscalls/ runs its program for one system call only, and programs
 * used to be attached there.  But Linux 7.2 may preempt such a program, which then
 * misses what other tasks do on that CPU (selftests/kernel-bugs); the programs at these
 * two tracepoints run with preemption disabled, on all kernels.  They get the calls of
 * 32-bit programs, too, and those have numbers of their own (257 is openat on x86-64,
 * but remap_file_pages there), so they have to be left out.
 */
#ifndef LEGACY_LIB_RAW_SYSCALLS_H
#define LEGACY_LIB_RAW_SYSCALLS_H

#include <asm/unistd.h>

#include "observed.h"

/* tracing/events/raw_syscalls/sys_enter/format */
struct sys_enter_args {
	__u64 common;		/* not for programs to read */
	__s64 nr;
	__u64 args[6];
};

/* tracing/events/raw_syscalls/sys_exit/format */
struct sys_exit_args {
	__u64 common;		/* not for programs to read */
	__s64 nr;
	__s64 ret;
};

/* Is it a 32-bit call?  On x86 a 64-bit program can make such calls, too (int 0x80). */
static __always_inline int is_compat(void)
{
	struct observed_config *config;
	__u32 zero = 0, word;

	config = bpf_map_lookup_elem(&observed, &zero);
	if (!config)
		return 0;
	bpf_probe_read_kernel(&word, sizeof(word),
			      (void *)bpf_get_current_task() + config->compat_at);
	return word & config->compat_bit;
}

#endif
