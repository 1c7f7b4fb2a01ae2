// SPDX-License-Identifier: GPL-2.0
/*
 * execmon.bpf.c - sends a record for every successful exec, as written today.
 *
 * A tp_btf program (Linux 5.5) gets the tracepoint's own arguments with their types: the
 * verifier knows what they point to, and lets the program follow the pointers.  The
 * legacy side reads the parent's pid at offsets that user space looks up in BTF and puts
 * into a config map; here CO-RE (libbpf 0.0.5) patches the offsets into the instructions
 * when they are loaded.
 * Memory that is reserved in a ring buffer is not zeroed, so the program has to write
 * every byte of it.  Since Linux 7.0 a tp_btf program can be preempted; while it is, it is
 * not run for other tasks that call exec on this CPU: see modern_preempted().
 * Its counterpart is legacy/execmon_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "execmon.h"
#include "observed.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);	/* bytes, for all CPUs together */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EXECMON_MAX_COMMS);
	__type(key, struct execmon_key);
	__type(value, __u64);
} counts SEC(".maps");

__u64 sent, lost, uncounted;
__s64 count_error;	/* the error of the last uncounted exec */

/*
 * The first exec of a name makes the entry.  Two CPUs may try that at once:
 * the one that comes second finds the entry of the first, and adds to it.
 */
static __always_inline int count_exec(const struct execmon_key *key)
{
	__u64 one = 1, *count;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	count = bpf_map_lookup_elem(&counts, key);
	if (!count) {
		err = bpf_map_update_elem(&counts, key, &one, BPF_NOEXIST);
		if (!err)
			return 0;
		count = bpf_map_lookup_elem(&counts, key);
		if (!count)
			return err;
	}
	__sync_fetch_and_add(count, 1);
	return 0;
}

static __always_inline int record(const struct task_struct *task, const void *file)
{
	struct execmon_event *event;
	struct execmon_key key;
	__u64 wakeup;
	int err;

	if (!is_observed())
		return 0;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		event->pid = bpf_get_current_pid_tgid() >> 32;
		event->ppid = task->real_parent->tgid;
		event->uid = bpf_get_current_uid_gid();
		event->pad = 0;
		__builtin_memset(event->comm, 0, sizeof(event->comm));
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		__builtin_memset(event->file, 0, sizeof(event->file));
		bpf_probe_read_kernel_str(event->file, sizeof(event->file), file);
		/* A wakeup costs most, so the reader is woken only once a quarter is full. */
		wakeup = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
			 bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) / 4 ?
			 BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
		bpf_ringbuf_submit(event, wakeup);
		__sync_fetch_and_add(&sent, 1);
	} else {
		__sync_fetch_and_add(&lost, 1);
	}

	__builtin_memset(&key, 0, sizeof(key));
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	err = count_exec(&key);
	if (err) {
		__sync_fetch_and_add(&uncounted, 1);
		count_error = err;
	}
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(execmon, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	return record(task, bprm->filename);
}

/* The same through perf, which disables preemption: see modern_preempted(). */
SEC("?tp/sched/sched_process_exec")
int execmon_perf(struct trace_event_raw_sched_process_exec *ctx)
{
	return record(bpf_get_current_task_btf(),
		      (void *)ctx + (ctx->__data_loc_filename & 0xffff));
}

char _license[] SEC("license") = "GPL";
