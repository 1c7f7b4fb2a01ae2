// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-global.bpf.c - write_count in a global array, without a hash map.
 *
 * libbpf puts global variables (Linux 5.2) into an array map, which user space can map
 * into its memory (5.5), so that reading it takes no system call.  The program has a
 * hash table of its own in there: a slot belongs to the pid that was stored in it by
 * compare-and-swap (5.12).  The table does not grow, and the search for a slot has to
 * end: if all slots within reach belong to others, the call is counted as lost.
 * Its counterpart is legacy/write_count_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/errno.h>

#include "cas.bpf.h"
#include "observed.bpf.h"
#include "syscall.bpf.h"
#include "write_count.h"

#define REACH	64	/* how many slots are tried; consecutive pids begin at consecutive slots */

struct {
	__u64 pid;	/* 0: free */
	struct write_count count;
} slots[WRITE_COUNT_MAX_PROCESSES];

__u64 counted, lost;
__s64 error;	/* why the last event was lost */

/* __NR_write: vmlinux.h has types but no macros, so user space sets it. */
const volatile int write_nr;

static __always_inline struct write_count *find(__u32 pid)
{
	for (__u32 i = 0; i < REACH; i++) {
		__u32 at = (pid + i) % WRITE_COUNT_MAX_PROCESSES;
		__u64 owner = *(volatile __u64 *)&slots[at].pid;

		if (!owner) {
			owner = __sync_val_compare_and_swap(&slots[at].pid, 0, pid);
			if (!owner) {
				bpf_get_current_comm(slots[at].count.comm, WRITE_COUNT_COMM_LEN);
				owner = pid;
			}
		}
		/* It is ours, or another thread of the process has just taken it. */
		if (owner == pid)
			return &slots[at].count;
	}
	return NULL;
}

static __always_inline int on_write(long nr, long ret)
{
	struct write_count *count;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	count = find(bpf_get_current_pid_tgid() >> 32);
	if (!count || (ret > 0 && shared_max(&count->largest, ret))) {
		__sync_fetch_and_add(&lost, 1);
		/* Other CPUs were faster each time, or there is no free slot within reach. */
		error = count ? -EBUSY : -E2BIG;
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
