// SPDX-License-Identifier: GPL-2.0
/*
 * file_events.bpf.c - a record for every openat(2), now.
 *
 * tp_btf/sys_exit (5.5) has the caller's registers, and with them the arguments
 * next to the result: no hash of starts, nothing that can be unmatched or full.
 * The record is written where it is read, in the ring (5.8): no stack that is
 * too small, no scratch, no copy.  Reserved memory holds what was
 * there before, so every byte has to be written.
 * Its counterpart is legacy/file_events_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "file_events.h"
#include "observed.bpf.h"
#include "syscall_compat.bpf.h"
#include "syscall_nr.bpf.h"

#define RING_SIZE	(1 << 22)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_SIZE);	/* bytes, for all CPUs together */
} events SEC(".maps");

const volatile int openat_nr;	/* __NR_openat */

__u64 sent, lost;

static __always_inline int on_openat(struct pt_regs *regs, long nr, long ret)
{
	struct file_events_event *event;
	__u64 wakeup;
	__u64 id;

	if (nr != openat_nr || !is_observed() || syscall_is_compat())
		return 0;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	id = bpf_get_current_pid_tgid();
	event->pid = id >> 32;
	event->tid = id;
	event->uid = bpf_get_current_uid_gid();
	event->flags = PT_REGS_PARM3_SYSCALL(regs);
	event->result = ret;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_user_str(event->file, sizeof(event->file),
				(void *)PT_REGS_PARM2_SYSCALL(regs));
	/* To wake the reader for each record costs most: it is done once a quarter is full. */
	wakeup = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > RING_SIZE / 4 ?
		 BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	bpf_ringbuf_submit(event, wakeup);
	__sync_fetch_and_add(&sent, 1);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(openat_exit, struct pt_regs *regs, long ret)
{
	return on_openat(regs, syscall_nr(regs), ret);
}

/*
 * By way of perf, where the kernel may preempt the other: see modern_preempted().
 * Its record leaves out the registers, which the task still has (5.15).
 */
SEC("?tp/raw_syscalls/sys_exit")
int openat_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_openat((void *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->id, ctx->ret);
}

char _license[] SEC("license") = "GPL";
