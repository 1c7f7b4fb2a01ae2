// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.bpf.c - write(2) calls and bytes of each process, now.
 *
 * tp_btf (5.5) on sys_exit sees the end of every system call, with the registers
 * that still hold its number.  Declarations have types, and globals count what
 * is in the map and what is not.  The trap is the old one: the first calls of
 * two threads come at once, and both make the entry.
 *
 * With a value for each CPU (PERCPU_HASH) plain additions will do, and a maximum is a
 * comparison; the verifier drops what the flavour does not use.  They are
 * right only as long as nothing that also adds can run in between on this CPU; of a
 * tp_btf program that is run within itself the kernel skips the inner run (6.1), and
 * counts it in recursion_misses.
 * Its counterparts are legacy/write_count_kern.c and write_count-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "observed.bpf.h"
#include "syscall_compat.bpf.h"
#include "syscall_nr.bpf.h"
#include "write_count.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WRITE_COUNT_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct write_count);
} counts SEC(".maps");

__u64 counted, lost;
__s64 error;	/* why the last was lost */

/* The flavour write_count-percpu: user space has made counts a PERCPU_HASH. */
const volatile bool percpu;

/* vmlinux.h has types and no macros: user space knows the number. */
const volatile int write_nr;

/* Nobody else adds to a value of this CPU's. */
static __always_inline void add(__u64 *sum, __u64 n)
{
	if (percpu)
		*sum += n;
	else
		__sync_fetch_and_add(sum, n);
}

static __always_inline int on_write(long nr, long ret)
{
	struct write_count *count;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	count = find(&counts, bpf_get_current_pid_tgid() >> 32, &error);
	if (!count) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	add(&count->calls, 1);
	if (ret > 0) {
		add(&count->bytes, ret);
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

/* By way of perf, where the kernel may preempt the other: see modern_preempted(). */
SEC("?tp/raw_syscalls/sys_exit")
int write_count_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_write(ctx->id, ctx->ret);
}

char _license[] SEC("license") = "GPL";
