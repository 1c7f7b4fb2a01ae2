// SPDX-License-Identifier: GPL-2.0
/*
 * two.c - what this project's own objects look like: global definitions of five
 * fields, one with flags, one left to the loader's size, and an annotation.
 *
 * expect: map events 4 4 4 0 0
 * expect: map counts 1 16 8 1024 1
 * expect: map plain 2 4 8 1 0
 * expect: prog first socket
 * expect: prog second socket
 * expect: ref socket counts
 * expect: ref socket events
 * expect: ref socket plain
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct key {
	char comm[16];
};

struct bpf_map_def SEC("maps") events = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
};

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(struct key),
	.value_size = sizeof(__u64),
	.max_entries = 1024,
	.map_flags = BPF_F_NO_PREALLOC,
};

struct ____btf_map_counts {
	struct key key;
	__u64 value;
};

struct ____btf_map_counts __attribute__((section(".maps.counts"), used)) ____btf_map_counts = {};

struct bpf_map_def SEC("maps") plain = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
	.max_entries = 1,
};

SEC("socket")
int first(struct __sk_buff *skb)
{
	struct key key = { "first" };
	__u64 one = 1;

	bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	return bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU, &one, sizeof(one));
}

SEC("socket")
int second(struct __sk_buff *skb)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&plain, &zero) != 0;
}

char _license[] SEC("license") = "GPL";
