// SPDX-License-Identifier: GPL-2.0
/*
 * members.c - definitions of the same size, of which the names of the members
 * tell what they mean: so with -g only.
 *
 * without-btf: 28 bytes are one of samples, tc, cilium
 * expect: map inner 1 4 8 11 0
 * expect: map outer 13 4 4 3 0 of 1 4 8 11
 * expect: map tc 2 4 8 5 0
 * expect: prog prog socket
 * expect: ref socket inner
 * expect: ref socket outer
 * expect: ref socket tc
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sample_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};

struct tc_map_def {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning;
};

struct sample_map_def SEC("maps") inner = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 11,
	.numa_node = 1,		/* not without its flag */
};

struct sample_map_def SEC("maps") outer = {
	.type = BPF_MAP_TYPE_HASH_OF_MAPS,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 3,
	.inner_map_idx = 0,
};

struct tc_map_def SEC("maps") tc = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 5,
	.id = 1,
};

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&inner, &key) || bpf_map_lookup_elem(&outer, &key) ||
	       bpf_map_lookup_elem(&tc, &key);
}

char _license[] SEC("license") = "GPL";
