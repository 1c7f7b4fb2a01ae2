// SPDX-License-Identifier: GPL-2.0
/*
 * api_kern.c - an object of 2018 for old_api.c: two maps, and programs that return a
 * number, in two sections with records of lines and functions.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") numbers = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };
struct bpf_map_def SEC("maps") events = { BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0, 0 };

SEC("socket/one")
int one(struct __sk_buff *skb)
{
	(void)skb;
	return 1;
}

SEC("socket/send")
int sends(struct __sk_buff *skb)
{
	__u64 value = 42;
	__u32 key = 7;

	bpf_map_update_elem(&numbers, &key, &value, BPF_ANY);
	bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU, &value, sizeof(value));
	return 2;
}

char _license[] SEC("license") = "GPL";
