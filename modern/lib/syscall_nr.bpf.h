/* SPDX-License-Identifier: GPL-2.0 */
/*
 * syscall_nr.bpf.h - which system call a task is in, from its registers.
 *
 * The arguments of sys_exit are the registers and the result; each architecture keeps
 * the number of the call in another register.  The context of the tracepoint
 * raw_syscalls/sys_exit already has the number.
 */
#ifndef MODERN_LIB_SYSCALL_NR_BPF_H
#define MODERN_LIB_SYSCALL_NR_BPF_H

static __always_inline int syscall_nr(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->orig_ax;
#elif defined(__TARGET_ARCH_arm64)
	return regs->syscallno;
#elif defined(__TARGET_ARCH_riscv)
	return regs->a7;
#else
#error "syscall_nr() does not know which register of struct pt_regs holds the number"
#endif
}

#endif
