/* SPDX-License-Identifier: GPL-2.0 */
/*
 * on_syscall.bpf.h - a program for the begin or the end of every system call,
 * from the hook that loses none.
 *
 * tp_btf (5.5) is the cheaper one, and is not skipped while bpf(2) reads a map
 * on its CPU.  But the kernel keeps a program from being run within itself, by
 * a counter per CPU; and since Linux 7.0 it may preempt the program: what the
 * next task does there meanwhile, the program does not see.  The same
 * tracepoint through perf runs its programs with preemption off.  Each program
 * NAME is therefore built twice, the second time as NAME_perf, and
 * modern_observe() picks one.  The trap: tracepoints below syscalls/ are no way
 * out, by 7.2 their programs can be preempted too (see selftests/known).
 */
#ifndef MODERN_LIB_ON_SYSCALL_BPF_H
#define MODERN_LIB_ON_SYSCALL_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "syscall_nr.bpf.h"

/* What perf's record leaves out: the registers at the entry (5.15). */
static __always_inline struct pt_regs *entry_regs(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

/* ON_SYS_ENTER(NAME, regs, nr) { what to do; return 0; } */
#define ON_SYS_ENTER(name, regs, nr)						\
static __always_inline int on_##name(struct pt_regs *regs, long nr);		\
SEC("tp_btf/sys_enter")								\
int BPF_PROG(name, struct pt_regs *regs, long nr)				\
{										\
	return on_##name(regs, nr);						\
}										\
SEC("?tp/raw_syscalls/sys_enter")						\
int name##_perf(struct trace_event_raw_sys_enter *ctx)				\
{										\
	return on_##name(entry_regs(), ctx->id);				\
}										\
static __always_inline int on_##name(struct pt_regs *regs, long nr)

/* ON_SYS_EXIT(NAME, regs, nr, ret) { what to do; return 0; } */
#define ON_SYS_EXIT(name, regs, nr, ret)					\
static __always_inline int on_##name(struct pt_regs *regs, long nr, long ret);	\
SEC("tp_btf/sys_exit")								\
int BPF_PROG(name, struct pt_regs *regs, long ret)				\
{										\
	return on_##name(regs, syscall_nr(regs), ret);				\
}										\
SEC("?tp/raw_syscalls/sys_exit")						\
int name##_perf(struct trace_event_raw_sys_exit *ctx)				\
{										\
	return on_##name(entry_regs(), ctx->id, ctx->ret);			\
}										\
static __always_inline int on_##name(struct pt_regs *regs, long nr, long ret)

#endif
