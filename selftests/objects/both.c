// SPDX-License-Identifier: GPL-2.0
/*
 * both.c - a program half way: old definitions beside new ones, which must not
 * change.  Without BTF (no -g) there are no new ones: that is refused.
 *
 * without-btf: there is a section ".maps" but no BTF
 * expect: map fresh 1 4 8 22 0
 * expect: map newest 2 4 4 3 0
 * expect: map old 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket fresh
 * expect: ref socket newest
 * expect: ref socket old
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") old = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 11,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 22);
} fresh SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 3);
} newest SEC(".maps");

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&old, &key) || bpf_map_lookup_elem(&fresh, &key) ||
	       bpf_map_lookup_elem(&newest, &key);
}

char _license[] SEC("license") = "GPL";
