// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon_kern.c - sends a record for every task that ends, as in Linux 4.7.
 *
 * The program is attached to a tracepoint, puts a record together on its stack, and
 * sends it through a perf event, of which there is one for each CPU.  It does not read
 * the context of the tracepoint.  The flags have to be BPF_F_CURRENT_CPU: 0 would be the
 * ring of CPU 0, which a program on another CPU cannot write to.  Newer is is_observed()
 * (4.9).  Its counterpart is modern/exitmon.bpf.c.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "exitmon.h"
#include "observed.h"

struct bpf_map_def SEC("maps") events = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 0,	/* the loader makes it one per possible CPU */
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct exitmon_stats),
	.max_entries = 1,
};

SEC("tracepoint/sched/sched_process_exit")
int exitmon(void *ctx)
{
	struct exitmon_event event;
	struct exitmon_stats *stat;
	__u32 zero = 0;
	long err;

	stat = bpf_map_lookup_elem(&stats, &zero);
	if (!stat || !is_observed())
		return 0;

	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.tid = bpf_get_current_pid_tgid();
	__builtin_memset(event.comm, 0, sizeof(event.comm));
	bpf_get_current_comm(event.comm, sizeof(event.comm));

	err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	if (err) {
		stat->lost++;
		stat->error = err;
	} else {
		stat->sent++;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
