// SPDX-License-Identifier: GPL-2.0
/*
 * execmon_kern.c - sends a record for every successful exec, as in Linux 4.7.
 *
 * This program writes out what CO-RE and vmlinux.h do today: the context of the
 * tracepoint is a struct that was copied by hand from its format file, and the parent is
 * read at offsets that user space has looked up and put into the map `config`.  The
 * whole record is copied out, so each of its bytes is written: otherwise padding, and what
 * follows a name, would be old bytes of the stack, which differ from record to record and
 * leak kernel memory.
 * Newer than 4.7 are bpf_get_current_task() (4.8), is_observed() (4.9) and
 * bpf_probe_read_kernel() (5.5; before that it was bpf_probe_read()).
 * Its counterpart is modern/execmon.bpf.c.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "execmon.h"
#include "observed.h"

struct bpf_map_def SEC("maps") events = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 0,	/* the loader makes it one per possible CPU */
};

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(struct execmon_key),
	.value_size = sizeof(__u64),
	.max_entries = EXECMON_MAX_COMMS,
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct execmon_stats),
	.max_entries = 1,
};

struct bpf_map_def SEC("maps") config = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct execmon_config),
	.max_entries = 1,
};

/* tracing/events/sched/sched_process_exec/format */
struct sched_process_exec_args {
	__u64 common;		/* not for programs to read */
	__u32 filename;		/* __data_loc: the low 16 bits are its offset in the context */
	__s32 pid;
	__s32 old_pid;
};

/* Reads current->real_parent->tgid.  The helper clears what it cannot read. */
static __always_inline __u32 parent_tgid(const struct execmon_config *offset)
{
	__u64 task = bpf_get_current_task(), parent;
	__u32 tgid;

	bpf_probe_read_kernel(&parent, sizeof(parent),
			      (void *)(task + offset->real_parent));
	bpf_probe_read_kernel(&tgid, sizeof(tgid),
			      (void *)(parent + offset->tgid));
	return tgid;
}

/*
 * The first exec of a name makes the entry.  Two CPUs may try that at once:
 * the one that comes second finds the entry of the first, and adds to it.
 */
static __always_inline int count_exec(const char *key)
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

SEC("tracepoint/sched/sched_process_exec")
int execmon(struct sched_process_exec_args *ctx)
{
	struct execmon_config *offset;
	struct execmon_event event;
	struct execmon_stats *stat;
	__u32 zero = 0;
	long err;

	stat = bpf_map_lookup_elem(&stats, &zero);
	offset = bpf_map_lookup_elem(&config, &zero);
	if (!stat || !offset || !is_observed())
		return 0;

	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.ppid = parent_tgid(offset);
	event.uid = bpf_get_current_uid_gid();
	event.pad = 0;
	__builtin_memset(event.comm, 0, sizeof(event.comm));
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	__builtin_memset(event.file, 0, sizeof(event.file));
	bpf_probe_read_kernel_str(event.file, sizeof(event.file),
				  (void *)ctx + (ctx->filename & 0xffff));

	err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	if (err) {
		stat->lost++;
		stat->error = err;
	} else {
		stat->sent++;
	}

	err = count_exec(event.comm);
	if (err) {
		stat->uncounted++;
		stat->count_error = err;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
