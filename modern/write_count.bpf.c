// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.bpf.c - counts the write(2) calls and bytes of each process, as written today.
 *
 * A tp_btf program at sys_exit (Linux 5.5) sees the end of every system call, with the
 * registers that still hold its number.  The declarations of maps have types, and the
 * numbers of counted and lost calls are global variables.  As on the legacy side, the
 * first calls of two threads may come at once, and then both try to create the entry.
 *
 * In the flavour write_count-percpu each CPU has a value of its own (PERCPU_HASH), so
 * plain additions will do, and a maximum is a comparison; the verifier drops the code
 * that the flavour does not use.  Plain additions are right only if no other program
 * that adds to the same value can interrupt this one on its CPU.  If a tp_btf program
 * would be run within itself, the kernel skips the inner run (6.1), and counts it in
 * recursion_misses.
 * Its counterparts are legacy/write_count_kern.c and write_count-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "observed.bpf.h"
#include "percpu.bpf.h"
#include "syscall.bpf.h"
#include "write_count.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WRITE_COUNT_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct write_count);
} counts SEC(".maps");

__u64 counted, lost;
__s64 error;	/* why the last event was lost */

/* __NR_write: vmlinux.h has types but no macros, so user space sets it. */
const volatile int write_nr;

static __always_inline int on_write(long nr, long ret)
{
	struct write_count *count;
	int err = 0;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	count = find(&counts, bpf_get_current_pid_tgid() >> 32, &err);
	if (!count) {
		__sync_fetch_and_add(&lost, 1);
		error = err;
		return 0;
	}
	add_to(&count->calls, 1);
	if (ret > 0) {
		add_to(&count->bytes, ret);
		if (percpu && count->largest < (__u64)ret)
			count->largest = ret;
	}
	__sync_fetch_and_add(&counted, 1);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(write_count, struct pt_regs *regs, long ret)
{
	return on_write(syscall_nr(regs), ret);
}

/* The same through perf, for a kernel that may preempt tp_btf: see modern_preempted(). */
SEC("?tp/raw_syscalls/sys_exit")
int write_count_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_write(ctx->id, ctx->ret);
}

char _license[] SEC("license") = "GPL";
