// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens-storage.bpf.c - file_opens with the counts of each task in task storage.
 *
 * Task storage (Linux 5.11; for tracing programs 5.13) has no key: the value belongs to
 * a task_struct.  So there is no hash lookup, no other task writes to it, and a pid that
 * is used again cannot be confused with the task that had it before.  The kernel frees
 * the storage together with the task, so a second program copies the counts when the
 * task exits.  User space cannot look up the storage of a single thread, so an iterator
 * (5.8) reads all of them.
 * Its counterpart is modern/file_opens.bpf.c, which counts names in the same way.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/errno.h>	/* only macros, so it can stand beside vmlinux.h */

#include "file_opens.h"
#include "file_opens-storage.h"
#include "observed.bpf.h"
#include "syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct file_opens_process);
} running SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FILE_OPENS_MAX_PROCESSES);
	__type(key, struct file_opens_thread);
	__type(value, struct file_opens_process);
} ended SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FILE_OPENS_MAX_NAMES);
	__type(key, struct file_opens_name);
	__type(value, __u64);
} files SEC(".maps");

const volatile int openat_nr;	/* __NR_openat */

struct file_opens_stats stats;

static __always_inline struct file_opens_thread thread_of(struct task_struct *task,
							  const struct file_opens_process *p)
{
	struct file_opens_thread thread = {
		.pid = task->tgid,
		.tid = task->pid,
		.first = p->first,
	};

	return thread;
}

/*
 * Saves the counts of a thread that exits.  No other thread has this key, so BPF_ANY will do.
 * libbpf attaches programs in this order, and so no thread that is counted exits unseen.
 */
static __always_inline int keep(struct task_struct *task)
{
	struct file_opens_thread thread;
	struct file_opens_process *p;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	p = bpf_task_storage_get(&running, task, NULL, 0);
	if (!p)
		return 0;
	thread = thread_of(task, p);
	err = bpf_map_update_elem(&ended, &thread, p, BPF_ANY);
	if (err) {
		__sync_fetch_and_add(&stats.unprocessed, p->opens);
		stats.process_error = err;
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(thread_exit, struct task_struct *task)
{
	return keep(task);
}

SEC("?tp/sched/sched_process_exit")
int thread_exit_perf(void *ctx)
{
	return keep(bpf_get_current_task_btf());
}

static __always_inline int count_process(void)
{
	struct file_opens_process *p;

	p = bpf_task_storage_get(&running, bpf_get_current_task_btf(), NULL,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!p)
		return -ENOMEM;	/* or the task is ending: the helper returns NULL for both */
	p->last = bpf_ktime_get_ns();
	if (!p->opens++) {
		p->first = p->last;
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	}
	return 0;
}

static __always_inline int count_file(const struct file_opens_name *name)
{
	__u64 none = 0, *opens;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	opens = bpf_map_lookup_elem(&files, name);
	if (!opens) {
		err = bpf_map_update_elem(&files, name, &none, BPF_NOEXIST);
		opens = bpf_map_lookup_elem(&files, name);
		if (!opens)
			return err;
	}
	__sync_fetch_and_add(opens, 1);
	return 0;
}

static __always_inline int on_openat(struct pt_regs *regs, long nr)
{
	struct file_opens_name name = {};
	int err;

	if (nr != openat_nr || !is_observed() || syscall_is_compat())
		return 0;

	bpf_probe_read_user_str(name.name, sizeof(name.name), (void *)PT_REGS_PARM2_SYSCALL(regs));

	__sync_fetch_and_add(&stats.opens, 1);
	err = count_process();
	if (err) {
		__sync_fetch_and_add(&stats.unprocessed, 1);
		stats.process_error = err;
	}
	err = count_file(&name);
	if (err) {
		__sync_fetch_and_add(&stats.unnamed, 1);
		stats.name_error = err;
	}
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(openat_exit, struct pt_regs *regs, long ret)
{
	return on_openat(regs, syscall_nr(regs));
}

/*
 * The same through perf, for a kernel that may preempt tp_btf: see modern_preempted().
 * The context has no registers here, so bpf_task_pt_regs() (5.15) reads those of the task.
 */
SEC("?tp/raw_syscalls/sys_exit")
int openat_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_openat((void *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->id);
}

/* read(2) of the iterator runs this: it writes a record for each thread that has opened a file. */
SEC("iter/task")
int threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct file_opens_running record = {};
	struct file_opens_process *p;

	if (!task)
		return 0;
	p = bpf_task_storage_get(&running, task, NULL, 0);
	if (!p)
		return 0;
	record.thread = thread_of(task, p);
	record.process = *p;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

char _license[] SEC("license") = "GPL";
