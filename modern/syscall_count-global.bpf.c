// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count-global.bpf.c - enters, exits and latency of system calls in
 * global arrays.
 *
 * There is no map to look anything up in: .bss is one, with one entry, and user
 * space has it in its memory (mmap, 5.5).  A minimum that all CPUs share takes
 * compare-and-swap (5.12); sys_exit is there with and without it, and one of
 * the two is loaded.  The trap: an index has to be bounded where the verifier
 * sees it, on the path from the check to the access.
 * ON_SYS_ENTER() and ON_SYS_EXIT() have the SEC(): see lib/on_syscall.bpf.h.
 * It is the same as syscall_count.bpf.c, but for where it counts.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "syscall_count.h"
#include "cas.bpf.h"
#include "observed.bpf.h"
#include "on_syscall.bpf.h"

__u64 enters[SYSCALL_COUNT_SLOTS];
struct syscall_count_latency latency[SYSCALL_COUNT_SLOTS];

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

/*
 * clang knows the slot to be in bounds and would compare another copy of the
 * number; the verifier wants to see the register itself compared.
 */
#define in_bounds(slot)	({ barrier_var(slot); (slot) < SYSCALL_COUNT_SLOTS; })

ON_SYS_ENTER(sys_enter, regs, nr)
{
	__u32 slot = syscall_count_slot(nr);

	if (!is_observed() || !in_bounds(slot))
		return 0;
	__sync_fetch_and_add(&enters[slot], 1);
	if (syscall_count_returns(nr))
		remember(nr);
	return 0;
}

static __always_inline int count_exit(int nr, bool cas)
{
	__u64 thread = bpf_get_current_pid_tgid(), ns;
	__u32 slot = syscall_count_slot(nr);
	struct syscall_count_latency *l;
	struct syscall_count_start *start;

	if (!is_observed() || !in_bounds(slot))
		return 0;
	l = &latency[slot];
	__sync_fetch_and_add(&l->exits, 1);

	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	if (start->nr == nr) {
		ns = bpf_ktime_get_ns() - start->ns;
		__sync_fetch_and_add(&l->measured, 1);
		__sync_fetch_and_add(&l->total_ns, ns);
		if (cas && (shared_max(&l->max_ns, ns) || shared_max(&l->not_min_ns, ~ns))) {
			__sync_fetch_and_add(&lost, 1);
			error = -EBUSY;
		}
	}
	bpf_map_delete_elem(&starts, &thread);
	return 0;
}

ON_SYS_EXIT(sys_exit, regs, nr, ret)
{
	return count_exit(nr, false);
}

ON_SYS_EXIT(sys_exit_cas, regs, nr, ret)
{
	return count_exit(nr, true);
}

char _license[] SEC("license") = "GPL";
