// SPDX-License-Identifier: GPL-2.0
/*
 * iproute2.c - definitions of 36 bytes, where maps refer to one another by id,
 * and go into one another before a program runs.
 *
 * expect: map inner 1 4 8 11 0
 * expect: map outer 12 4 4 3 0 of 1 4 8 11
 * expect: map named 13 4 4 5 0 of 2 4 4 1
 * expect: map other 1 4 8 11 0
 * expect: map apart 2 4 4 1 0
 * expect: prog prog socket
 * expect: ref socket inner
 * expect: ref socket outer
 * slot: outer 0 inner
 * slot: outer 2 other
 * slot: named 3 apart
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct elf_map SEC("maps") inner = {
	.type = BPF_MAP_TYPE_HASH, .size_key = 4, .size_value = 8, .max_elem = 11,
	.id = 7, .inner_idx = 0,
};

struct elf_map SEC("maps") outer = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .size_key = 4, .size_value = 4, .max_elem = 3,
	.inner_id = 7,
};

struct elf_map SEC("maps") named = {
	.type = BPF_MAP_TYPE_HASH_OF_MAPS, .size_key = 4, .size_value = 4, .max_elem = 5,
	.inner_id = 8,
};

struct elf_map SEC("maps") other = {
	.type = BPF_MAP_TYPE_HASH, .size_key = 4, .size_value = 8, .max_elem = 11,
	.id = 7, .inner_idx = 2,
};

struct elf_map SEC("maps") apart = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 4, .max_elem = 1,
	.id = 8, .inner_idx = 3,
};

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&inner, &key) || bpf_map_lookup_elem(&outer, &key);
}

char _license[] SEC("license") = "GPL";
