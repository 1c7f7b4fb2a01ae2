// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens-percpu.bpf.c - the same in per-CPU hashes, now.
 *
 * Each key has a value for each CPU, which only that CPU writes: no atomic add,
 * and a first and last that are right.  User space adds up.  With the name as
 * the key there is nothing else that CPUs would have to agree on.  New
 * values of other CPUs are zero since 5.10 only, where keys are deleted and used again.
 * Its counterpart is legacy/file_opens-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "file_opens.h"
#include "observed.bpf.h"
#include "syscall_compat.bpf.h"
#include "syscall_nr.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, FILE_OPENS_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct file_opens_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, FILE_OPENS_MAX_NAMES);
	__type(key, struct file_opens_name);
	__type(value, __u64);
} files SEC(".maps");

const volatile int openat_nr;	/* __NR_openat */

struct file_opens_stats stats;

/*
 * The first open makes the entry, with nothing in it on any CPU.  Two CPUs may try
 * that at once; which of them did it does not matter.
 */
static __always_inline long count_process(__u32 pid)
{
	struct file_opens_process *p, none = {};
	long err;

	p = bpf_map_lookup_elem(&processes, &pid);
	if (!p) {
		err = bpf_map_update_elem(&processes, &pid, &none, BPF_NOEXIST);
		p = bpf_map_lookup_elem(&processes, &pid);
		if (!p)
			return err;
	}
	/* This CPU's own: nobody else writes here. */
	p->last = bpf_ktime_get_ns();
	if (!p->opens++) {
		p->first = p->last;
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	}
	return 0;
}

static __always_inline long count_file(const struct file_opens_name *name)
{
	__u64 none = 0, *opens;
	long err;

	opens = bpf_map_lookup_elem(&files, name);
	if (!opens) {
		err = bpf_map_update_elem(&files, name, &none, BPF_NOEXIST);
		opens = bpf_map_lookup_elem(&files, name);
		if (!opens)
			return err;
	}
	++*opens;
	return 0;
}

static __always_inline int on_openat(struct pt_regs *regs, long nr)
{
	struct file_opens_name name = {};
	long err;

	if (nr != openat_nr || !is_observed() || syscall_is_compat())
		return 0;

	bpf_probe_read_user_str(name.name, sizeof(name.name), (void *)PT_REGS_PARM2_SYSCALL(regs));

	__sync_fetch_and_add(&stats.opens, 1);
	err = count_process(bpf_get_current_pid_tgid() >> 32);
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
 * By way of perf, where the kernel may preempt the other: see modern_preempted().
 * Its record leaves out the registers, which the task still has (5.15).
 */
SEC("?tp/raw_syscalls/sys_exit")
int openat_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_openat((void *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->id);
}

char _license[] SEC("license") = "GPL";
