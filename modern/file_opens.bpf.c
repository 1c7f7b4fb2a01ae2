// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens.bpf.c - counts opens by process and by name, as written today.
 *
 * The key is the name itself: the map hashes it and compares it, so the program does not
 * have to handle two names with the same hash.  At tp_btf/sys_exit (Linux 5.5) the
 * arguments come together with the result, so there is no hash of starts either.  A map
 * compares all bytes of a key, so the program clears the key before it copies the name
 * into it.
 *
 * In a PERCPU_HASH each key has a value for each CPU, and only that CPU writes it: no
 * atomic addition is needed, and first and last are right.  User space adds the values up.
 * Its counterparts are legacy/file_opens_kern.c and file_opens-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "file_opens.h"
#include "observed.bpf.h"
#include "percpu.bpf.h"
#include "syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FILE_OPENS_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct file_opens_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FILE_OPENS_MAX_NAMES);
	__type(key, struct file_opens_name);
	__type(value, __u64);
} files SEC(".maps");

const volatile int openat_nr;	/* __NR_openat */

struct file_opens_stats stats;

/*
 * The first open makes the entry, with no opens in it.  Two CPUs may try that at once: the
 * one that comes second finds the entry of the first.
 */
static __always_inline int count_process(__u32 pid)
{
	struct file_opens_process *p, new;
	__u64 now = bpf_ktime_get_ns();
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	p = bpf_map_lookup_elem(&processes, &pid);
	if (!p) {
		new.opens = 0;
		new.first = now;
		new.last = now;
		__builtin_memset(new.comm, 0, sizeof(new.comm));
		bpf_get_current_comm(new.comm, sizeof(new.comm));
		err = bpf_map_update_elem(&processes, &pid, &new, BPF_NOEXIST);
		p = bpf_map_lookup_elem(&processes, &pid);
		if (!p)
			return err;
	}
	/* The values of the other CPUs are zero then. */
	if (percpu && !p->opens) {
		p->first = now;
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	}
	add_to(&p->opens, 1);
	p->last = now;	/* of two CPUs, either */
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
	add_to(opens, 1);
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
 * The same through perf, for a kernel that may preempt tp_btf: see modern_preempted().
 * The context has no registers here, so bpf_task_pt_regs() (5.15) reads those of the task.
 */
SEC("?tp/raw_syscalls/sys_exit")
int openat_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	return on_openat((void *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->id);
}

char _license[] SEC("license") = "GPL";
