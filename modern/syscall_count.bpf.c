// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count.bpf.c - enters, exits and latency of system calls in shared
 * maps, now.
 *
 * The maps are typed, the tracepoints' arguments are the kernel's own (tp_btf,
 * 5.5), and what is lost is a global variable.  The trap: there is no atomic
 * minimum, as there was none then; syscall_count-global.bpf.c has one by
 * compare-and-swap, syscall_count-percpu.bpf.c needs none.
 * ON_SYS_ENTER() and ON_SYS_EXIT() have the SEC(): see lib/on_syscall.bpf.h.
 * Its counterpart is legacy/syscall_count_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "syscall_count.h"
#include "observed.bpf.h"
#include "on_syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALL_COUNT_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} enters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALL_COUNT_SLOTS);
	__type(key, __u32);
	__type(value, struct syscall_count_latency);
} latency SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SYSCALL_COUNT_THREADS);
	__type(key, __u64);
	__type(value, struct syscall_count_start);
} starts SEC(".maps");

__u64 lost;
__s64 error;	/* why the last was lost */

static __always_inline void remember(int nr)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct syscall_count_start start = { .nr = nr };
	long err;

	start.ns = bpf_ktime_get_ns();
	err = bpf_map_update_elem(&starts, &thread, &start, BPF_ANY);
	if (err) {
		__sync_fetch_and_add(&lost, 1);
		error = err;
	}
}

ON_SYS_ENTER(sys_enter, regs, nr)
{
	__u32 slot = syscall_count_slot(nr);
	__u64 *count;

	if (!is_observed())
		return 0;
	count = bpf_map_lookup_elem(&enters, &slot);
	if (count)
		__sync_fetch_and_add(count, 1);
	if (syscall_count_returns(nr))
		remember(nr);
	return 0;
}

ON_SYS_EXIT(sys_exit, regs, nr, ret)
{
	__u64 thread = bpf_get_current_pid_tgid(), ns;
	__u32 slot = syscall_count_slot(nr);
	struct syscall_count_latency *l;
	struct syscall_count_start *start;

	if (!is_observed())
		return 0;
	l = bpf_map_lookup_elem(&latency, &slot);
	if (!l)
		return 0;
	__sync_fetch_and_add(&l->exits, 1);

	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	if (start->nr == nr) {
		ns = bpf_ktime_get_ns() - start->ns;
		__sync_fetch_and_add(&l->measured, 1);
		__sync_fetch_and_add(&l->total_ns, ns);
	}
	bpf_map_delete_elem(&starts, &thread);
	return 0;
}

char _license[] SEC("license") = "GPL";
