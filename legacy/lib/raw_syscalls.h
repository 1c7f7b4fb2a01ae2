/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw_syscalls.h - the tracepoints of all system calls, for programs that look
 * at one.
 *
 * A tracepoint below syscalls/ runs its program for its own call only, and that
 * is what one took.  But Linux 7.2 may preempt such a program, and then does not
 * run it for what other tasks do on that CPU meanwhile (selftests/kernel-bugs); these
 * two it runs with preemption off, as all kernels did.  The trap: they show
 * 32-bit programs' calls like any other, and those have numbers of their own
 * (257 is openat on x86-64, remap_file_pages there).
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

/* Is it a 32-bit call?  The call is asked about, not the program: see int 0x80. */
static __always_inline int is_compat(void)
{
	struct observed_config *config;
	__u32 zero = 0, word = 0;

	config = bpf_map_lookup_elem(&observed, &zero);
	if (config)
		bpf_probe_read_kernel(&word, sizeof(word),
				      (void *)bpf_get_current_task() + config->compat_at);
	return config ? word & config->compat_bit : 0;
}

#endif
