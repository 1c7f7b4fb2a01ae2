/* SPDX-License-Identifier: GPL-2.0 */
/*
 * syscall.bpf.h - which system call a task is in, for programs that run at all of them.
 *
 * The arguments of sys_exit are the registers and the result; each architecture keeps
 * the number of the call in another register.  The context of the tracepoint
 * raw_syscalls/sys_exit already has the number.
 *
 * Calls by the 32-bit interface have numbers of their own (257 is openat on x86-64, but
 * remap_file_pages there).  Raw tracepoints show them like all other calls; the
 * tracepoints below syscalls/ leave them out.  On x86 a 64-bit program can make them, too
 * (int 0x80), so syscall_is_compat() tests the call there, and not the program.
 */
#ifndef MODERN_LIB_SYSCALL_BPF_H
#define MODERN_LIB_SYSCALL_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

static __always_inline int syscall_nr(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->orig_ax;
#elif defined(__TARGET_ARCH_arm64)
	return regs->syscallno;
#elif defined(__TARGET_ARCH_s390)
	/* Bit 0, PIF_SYSCALL, is cleared in a new task, and when a signal has been handled. */
	return regs->flags & 1 ? regs->int_code & 0xffff : -1;
#elif defined(__TARGET_ARCH_riscv)
	return regs->a7;
#else
#error "syscall_nr() does not know which register of struct pt_regs holds the number"
#endif
}

/*
 * Only x86 marks the call.  Elsewhere 32-bit programs make all 32-bit calls, and no others;
 * the kernel marks such a program by a bit of thread_info.flags, of which BTF knows nothing,
 * and on s390 it has been bit 16, then 20 (Linux 6.18), and is gone (6.19).  The address space
 * of such a program ends at 4 GiB, or on s390 at 2, and CO-RE finds that.
 */
static __always_inline bool syscall_is_compat(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(task, thread_info.status) & 0x0002;	/* TS_COMPAT */
#elif defined(__TARGET_ARCH_arm64) || defined(__TARGET_ARCH_s390) || defined(__TARGET_ARCH_riscv)
	return BPF_CORE_READ(task, mm, task_size) <= 1ULL << 32;
#else
#error "syscall_is_compat() does not know how this architecture marks a 32-bit call"
#endif
}

#endif
