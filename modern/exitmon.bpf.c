// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon.bpf.c - sends a record for every task that ends, as written today.
 *
 * The section name says where the program is attached, one ring buffer (Linux 5.8) is
 * shared by all CPUs, and the counters are global variables.  Memory that is reserved in
 * a ring buffer is not zeroed, so the program has to write every byte of it.
 * Its counterpart is legacy/exitmon_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "exitmon.h"
#include "observed.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);	/* bytes, for all CPUs together */
} events SEC(".maps");

__u64 sent, lost;

SEC("tp/sched/sched_process_exit")
int exitmon(void *ctx)
{
	struct exitmon_event *event;
	__u64 wakeup;

	if (!is_observed())
		return 0;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->tid = bpf_get_current_pid_tgid();
	__builtin_memset(event->comm, 0, sizeof(event->comm));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	/* A wakeup costs most, so the reader is woken only once a quarter is full. */
	wakeup = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
		 bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) / 4 ?
		 BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	bpf_ringbuf_submit(event, wakeup);
	__sync_fetch_and_add(&sent, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
