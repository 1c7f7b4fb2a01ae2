// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.bpf.c - write(2) calls and bytes of each process, now.
 *
 * tp_btf (5.5) on sys_exit sees the end of every system call, with the registers
 * that still hold its number.  Declarations have types, and globals count what
 * is in the map and what is not.  The trap is the old one: the first calls of
 * two threads come at once, and both make the entry.
 * ON_SYS_EXIT() has the SEC(): see lib/on_syscall.bpf.h.
 * Its counterpart is legacy/write_count_kern.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "observed.bpf.h"
#include "on_syscall.bpf.h"
#include "syscall_compat.bpf.h"
#include "write_count.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WRITE_COUNT_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct write_count);
} counts SEC(".maps");

__u64 counted, lost;
__s64 error;	/* why the last was lost */

/* vmlinux.h has types and no macros: user space knows the number. */
const volatile int write_nr;

/* The process's entry.  Of two that make it at once, one gets EEXIST. */
static __always_inline struct write_count *find(__u32 pid)
{
	struct write_count *count, fresh = {};
	long err;

	count = bpf_map_lookup_elem(&counts, &pid);
	if (count)
		return count;
	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
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
	__sync_fetch_and_add(&count->calls, 1);
	if (ret > 0)
		__sync_fetch_and_add(&count->bytes, ret);
	__sync_fetch_and_add(&counted, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
