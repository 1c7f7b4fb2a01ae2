// SPDX-License-Identifier: GPL-2.0
/*
 * preempted.bpf.c - counts the getpgid(2) calls of one process from three hooks.
 *
 * The number of the call is in the second word of the context at each of them.
 * See preempted.c.
 */
#include <asm/unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);		/* calls that each hook has seen; the process */
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static int count(const __u64 *ctx, __u32 hook)
{
	__u32 last = 3;
	__u64 *calls, *pid;

	if ((int)ctx[1] != __NR_getpgid)
		return 0;
	calls = bpf_map_lookup_elem(&seen, &hook);
	pid = bpf_map_lookup_elem(&seen, &last);
	if (calls && pid && *pid == bpf_get_current_pid_tgid() >> 32)
		__sync_fetch_and_add(calls, 1);
	return 0;
}

SEC("raw_tp/sys_enter")
int any_raw(__u64 *ctx)
{
	return count(ctx, 0);
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int this_perf(__u64 *ctx)
{
	return count(ctx, 1);
}

SEC("tracepoint/raw_syscalls/sys_enter")
int any_perf(__u64 *ctx)
{
	return count(ctx, 2);
}

char LICENSE[] SEC("license") = "GPL";
