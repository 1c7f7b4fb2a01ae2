// SPDX-License-Identifier: GPL-2.0
/*
 * file_events.bpf.c - sends a record for every openat(2), as written today.
 *
 * At tp_btf/sys_exit (Linux 5.5) the program gets the caller's registers, and so the
 * arguments together with the result: it needs no hash that carries them from the entry
 * to the exit, which could fill up or have unmatched entries.  The record is put
 * together in the ring buffer (5.8) itself, which has room for more than a stack of 512
 * bytes, and is not copied.  Reserved memory holds what was there before, so every byte
 * of it has to be written.
 * Its counterpart is legacy/file_events_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "file_events.h"
#include "observed.bpf.h"
#include "syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);	/* bytes, for all CPUs together */
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
	__builtin_memset(event->file, 0, sizeof(event->file));
	id = bpf_get_current_pid_tgid();
	event->pid = id >> 32;
	event->tid = id;
	event->uid = bpf_get_current_uid_gid();
	event->flags = PT_REGS_PARM3_SYSCALL(regs);
	event->result = ret;
	__builtin_memset(event->comm, 0, sizeof(event->comm));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_user_str(event->file, sizeof(event->file),
				(void *)PT_REGS_PARM2_SYSCALL(regs));
	/* A wakeup costs most, so the reader is woken only once a quarter is full. */
	wakeup = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
		 bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) / 4 ?
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
 * The same through perf, for a kernel that may preempt tp_btf: see modern_preempted().
 * The context has no registers here, so bpf_task_pt_regs() (5.15) reads those of the task.
 */
SEC("?tp/raw_syscalls/sys_exit")
int openat_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_openat((void *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->id, ctx->ret);
}

char _license[] SEC("license") = "GPL";
