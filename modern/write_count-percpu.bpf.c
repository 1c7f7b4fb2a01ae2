// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-percpu.bpf.c - write_count with a value for each CPU, now.
 *
 * The same PERCPU_HASH as then; only its declaration has changed.  Plain
 * additions will do, and a maximum is a comparison.  The trap: plain additions
 * are right only as long as nothing that also adds can run in between on this
 * CPU; of a tp_btf program that is run within itself the kernel skips the inner
 * run (6.1), and counts it in recursion_misses.
 * ON_SYS_EXIT() has the SEC(): see lib/on_syscall.bpf.h.
 * Its counterpart is legacy/write_count-percpu_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "observed.bpf.h"
#include "on_syscall.bpf.h"
#include "syscall_compat.bpf.h"
#include "write_count.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, WRITE_COUNT_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct write_count);
} counts SEC(".maps");

__u64 counted, lost;
__s64 error;	/* why the last was lost */

/* vmlinux.h has types and no macros: user space knows the number. */
const volatile int write_nr;

/* The process's value for this CPU.  The entry is one for all CPUs. */
static __always_inline struct write_count *find(__u32 pid)
{
	struct write_count *count, fresh = {};
	long err;

	count = bpf_map_lookup_elem(&counts, &pid);
	if (count)
		return count;
	err = bpf_map_update_elem(&counts, &pid, &fresh, BPF_NOEXIST);
	count = bpf_map_lookup_elem(&counts, &pid);
	if (!count)
		error = err;
	return count;
}

ON_SYS_EXIT(write_count, regs, nr, ret)
{
	struct write_count *count;

	if (nr != write_nr || !is_observed() || syscall_is_compat())
		return 0;
	count = find(bpf_get_current_pid_tgid() >> 32);
	if (!count) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	if (!count->calls)
		bpf_get_current_comm(count->comm, sizeof(count->comm));
	count->calls++;
	if (ret > 0) {
		count->bytes += ret;
		if (count->largest < (__u64)ret)
			count->largest = ret;
	}
	__sync_fetch_and_add(&counted, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
