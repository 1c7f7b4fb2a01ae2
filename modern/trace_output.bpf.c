// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output.bpf.c - sends a record to user space for every write(2), as written today.
 *
 * SEC("ksyscall/write") lets libbpf (1.0) find the name that the system call's function
 * has on this architecture.  The map is one ring buffer (Linux 5.8) that all CPUs share:
 * the records keep their order, and there is one size to choose.  A map is a variable
 * whose type libbpf reads from BTF, and the counters are global variables.  If the ring
 * buffer is full, only the program learns of it, by a NULL from bpf_ringbuf_reserve(),
 * so the program has to count what is lost.
 * Its counterpart is legacy/trace_output_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "trace_output.h"
/* is_observed(): bpf_get_current_ancestor_cgroup_id(), before 6.1 reads of task_struct. */
#include "observed.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);	/* bytes, for all CPUs together */
} my_map SEC(".maps");

__u64 sent, lost;

SEC("ksyscall/write")
int trace_output(struct pt_regs *ctx)
{
	struct trace_output_event *event;
	__u64 wakeup;

	if (!is_observed())
		return 0;

	event = bpf_ringbuf_reserve(&my_map, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid_tgid = bpf_get_current_pid_tgid();
	event->cookie = TRACE_OUTPUT_COOKIE;
	/* A wakeup costs most, so the reader is woken only once a quarter is full. */
	wakeup = bpf_ringbuf_query(&my_map, BPF_RB_AVAIL_DATA) >
		 bpf_ringbuf_query(&my_map, BPF_RB_RING_SIZE) / 4 ?
		 BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	bpf_ringbuf_submit(event, wakeup);
	__sync_fetch_and_add(&sent, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
