// SPDX-License-Identifier: GPL-2.0
/*
 * file_events-output.bpf.c - file_events with bpf_ringbuf_output().
 *
 * The size of a reservation has to be known to the verifier, so each record takes as
 * much as the longest name.  bpf_ringbuf_output() copies a record of any length, and
 * most names are short, so the ring holds ten times as many records, and no bytes are
 * cleared that are not sent.  The price is the copy, and a per-CPU array where the
 * record is put together, as for a perf buffer.  The verifier refuses the call unless it
 * sees the bounds of the length right before it.
 * Its counterpart is modern/file_events.bpf.c.
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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct file_events_event);
} scratch SEC(".maps");

const volatile int openat_nr;	/* __NR_openat */

__u64 sent, lost;
__s64 error;	/* why the last event was lost */

static __always_inline int on_openat(struct pt_regs *regs, long nr, long ret)
{
	struct file_events_event *event;
	__u64 wakeup;
	__u32 zero = 0;
	__u64 id;
	long len, err;

	if (nr != openat_nr || !is_observed() || syscall_is_compat())
		return 0;

	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event)
		return 0;
	id = bpf_get_current_pid_tgid();
	event->pid = id >> 32;
	event->tid = id;
	event->uid = bpf_get_current_uid_gid();
	event->flags = PT_REGS_PARM3_SYSCALL(regs);
	event->result = ret;
	__builtin_memset(event->comm, 0, sizeof(event->comm));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	len = bpf_probe_read_user_str(event->file, sizeof(event->file),
				      (void *)PT_REGS_PARM2_SYSCALL(regs));
	if (len < 1 || len > FILE_EVENTS_FILE_LEN) {
		event->file[0] = '\0';
		len = 1;
	}
	/* A wakeup costs most, so the reader is woken only once a quarter is full. */
	wakeup = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
		 bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) / 4 ?
		 BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	err = bpf_ringbuf_output(&events, event, offsetof(struct file_events_event, file) + len,
				 wakeup);
	if (err) {
		__sync_fetch_and_add(&lost, 1);
		error = err;
	} else {
		__sync_fetch_and_add(&sent, 1);
	}
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
