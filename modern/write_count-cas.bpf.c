// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-cas.bpf.c - write_count with the largest write, as written today.
 *
 * shared_max() has the same loop as in the legacy program: compare-and-swap (Linux 5.12) is
 * newer than both ways of declaring a map.  bpf_loop() (5.17) would spare the verifier from
 * walking the loop once for each try, at the price of a call for each.
 * Its counterpart is legacy/write_count-cas_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/errno.h>

/* shared_max(): compare-and-swap, no helper. */
#include "cas.bpf.h"
/* is_observed(): bpf_get_current_ancestor_cgroup_id(), before 6.1 reads of task_struct. */
#include "observed.bpf.h"
/* Fields of task_struct and of the registers. */
#include "syscall.bpf.h"
/* find(): bpf_map_lookup_elem(), bpf_map_update_elem(), bpf_get_current_comm(). */
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
	int err = -EBUSY;	/* other CPUs were faster each time */
	struct write_count *count;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	count = find(&counts, bpf_get_current_pid_tgid() >> 32, &err);
	if (!count || (ret > 0 && shared_max(&count->largest, ret))) {
		__sync_fetch_and_add(&lost, 1);
		error = err;
		return 0;
	}
	__sync_fetch_and_add(&count->calls, 1);
	if (ret > 0)
		__sync_fetch_and_add(&count->bytes, ret);
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
