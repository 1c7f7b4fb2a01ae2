/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ksym.h - makes up the name of the kernel function that implements a system call.
 *
 * SEC("kprobe/sys_write") worked until Linux 4.17 (arm64: 4.19).  Since then the function
 * gets a pointer to a struct pt_regs that holds the arguments, and its name begins with
 * the ABI.  SEC("ksyscall/write") of libbpf 1.0 knows this, and finds out which name the
 * running kernel has; before, each program had to know it.
 * There is no .c file, since the libbpf stage needs this function as well.
 */
#ifndef LEGACY_LIB_KSYM_H
#define LEGACY_LIB_KSYM_H

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#define KSYM_SYSCALL_PREFIX	"__x64_"
#elif defined(__aarch64__)
#define KSYM_SYSCALL_PREFIX	"__arm64_"
#elif defined(__s390x__)
#define KSYM_SYSCALL_PREFIX	"__s390x_"
#elif defined(__riscv)
#define KSYM_SYSCALL_PREFIX	"__riscv_"	/* since 6.6 */
#else
#define KSYM_SYSCALL_PREFIX	""
#endif

/* "sys_write" becomes "__x64_sys_write"; any other name stays as it is. */
static inline const char *ksym(const char *name)
{
	static char symbol[128];

	snprintf(symbol, sizeof(symbol), "%s%s",
		 strncmp(name, "sys_", 4) ? "" : KSYM_SYSCALL_PREFIX, name);
	return symbol;
}

#endif
