// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-global.bpf.c - write_count in a global array, without a map's hash.
 *
 * Global variables (5.2) are an array map behind the scenes, and user space can
 * have it in its memory (5.5): nobody makes a system call to read it.  A hash
 * table in there is the program's own: a slot belongs to the pid that swapped
 * itself into it (5.12).  Nobody enlarges it, and a search has to
 * end; who finds no slot within reach is lost.
 * Its counterpart is legacy/write_count_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "cas.bpf.h"
#include "observed.bpf.h"
#include "syscall_compat.bpf.h"
#include "syscall_nr.bpf.h"
#include "write_count.h"

#define EEXIST	17
#define REACH	64	/* slots that are looked at; pids that follow each other have one each */

struct {
	__u64 pid;	/* 0: free */
	struct write_count count;
} slots[WRITE_COUNT_MAX_PROCESSES];

__u64 counted, lost;
__s64 error;	/* why the last was lost */

/* vmlinux.h has types and no macros: user space knows the number. */
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
		/* Ours, or just taken by another thread of the process. */
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
	if (!count) {
		__sync_fetch_and_add(&lost, 1);
		error = -EEXIST;	/* other pids have the slots within reach */
		return 0;
	}
	if (ret > 0 && shared_max(&count->largest, ret)) {
		__sync_fetch_and_add(&lost, 1);
		error = -EBUSY;
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

/* By way of perf, where the kernel may preempt the other: see modern_preempted(). */
SEC("?tp/raw_syscalls/sys_exit")
int write_count_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_write(ctx->id, ctx->ret);
}

char _license[] SEC("license") = "GPL";
