// SPDX-License-Identifier: GPL-2.0
/*
 * file_events_kern.c - sends a record for every openat(2), as in Linux 4.7.
 *
 * The tracepoint at the entry has the arguments, and the one at the exit has the result,
 * so a hash carries the arguments from one to the other, by thread.  The name is read at
 * the exit: at the entry it may be on a page that is not in memory yet, for which a
 * program cannot wait, and at the exit the kernel itself has just read it.  The record
 * is larger than a program's stack of 512 bytes, so it is put together in an entry of a
 * per-CPU array.
 * Newer than 4.7 are is_observed() (4.9) and bpf_probe_read_user_str() (5.5; before that
 * it was bpf_probe_read_str(), 4.11).
 * Its counterpart is modern/file_events.bpf.c.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "file_events.h"
#include "raw_syscalls.h"

struct start {
	__u64 file;		/* address of the name in the caller's memory */
	__u64 flags;
};

struct bpf_map_def SEC("maps") events = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 0,	/* the loader makes it one per possible CPU */
};

struct bpf_map_def SEC("maps") starts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u64),
	.value_size = sizeof(struct start),
	.max_entries = FILE_EVENTS_MAX_STARTS,
};

struct bpf_map_def SEC("maps") scratch = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct file_events_event),
	.max_entries = 1,
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct file_events_stats),
	.max_entries = 1,
};

/* If the map `starts` has no room for an entry, this call is lost. */
static __always_inline void count_unkept(int err)
{
	struct file_events_stats *stat;
	__u32 zero = 0;

	stat = bpf_map_lookup_elem(&stats, &zero);
	if (stat) {
		stat->dropped++;
		stat->start_error = err;
	}
}

SEC("tracepoint/raw_syscalls/sys_enter")
int openat_enter(struct sys_enter_args *ctx)
{
	struct start start = { .file = ctx->args[1], .flags = ctx->args[2] };
	__u64 id = bpf_get_current_pid_tgid();
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	if (ctx->nr != __NR_openat || !is_observed() || is_compat())
		return 0;
	err = bpf_map_update_elem(&starts, &id, &start, BPF_ANY);
	if (err)
		count_unkept(err);
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int openat_exit(struct sys_exit_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct file_events_stats *stat;
	struct file_events_event *event;
	struct start *start;
	__u32 zero = 0;
	long err;

	if (ctx->nr != __NR_openat)
		return 0;
	stat = bpf_map_lookup_elem(&stats, &zero);
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!stat || !event)
		return 0;
	start = bpf_map_lookup_elem(&starts, &id);
	if (!start) {
		if (is_observed() && !is_compat())
			stat->unmatched++;
		return 0;
	}

	__builtin_memset(event->file, 0, sizeof(event->file));
	event->pid = id >> 32;
	event->tid = id;
	event->uid = bpf_get_current_uid_gid();
	event->flags = start->flags;
	event->result = ctx->ret;
	__builtin_memset(event->comm, 0, sizeof(event->comm));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_user_str(event->file, sizeof(event->file), (void *)start->file);
	bpf_map_delete_elem(&starts, &id);

	err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event));
	if (err) {
		stat->lost++;
		stat->error = err;
	} else {
		stat->sent++;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
