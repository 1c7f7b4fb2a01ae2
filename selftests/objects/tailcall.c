// SPDX-License-Identifier: GPL-2.0
/*
 * tailcall.c - what iproute2's loader did and libbpf cannot be told to do: to put
 * the program of a section ID/SLOT into the PROG_ARRAY with that id; and a map
 * into a slot for which libbpf would need a table of thousands.
 *
 * expect: map far 1 4 8 11 0
 * expect: map jump 3 4 4 8 0
 * expect: map outer 12 4 4 9000 0 of 1 4 8 11
 * expect: prog called 2/7
 * expect: prog other 3/7
 * expect: prog prog socket
 * expect: ref socket jump
 * expect: ref socket outer
 * note: map far: the loader is to put it into slot 8999 of outer itself
 * note: section 2/7: the loader is to put its program into slot 7 of jump itself
 * loads: only when the caller gives "2/7" a type, as tc does
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct elf_map SEC("maps") jump = {
	.type = BPF_MAP_TYPE_PROG_ARRAY, .size_key = 4, .size_value = 4, .max_elem = 8,
	.id = 2,
};

struct elf_map SEC("maps") outer = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .size_key = 4, .size_value = 4, .max_elem = 9000,
	.inner_id = 7,
};

struct elf_map SEC("maps") far = {
	.type = BPF_MAP_TYPE_HASH, .size_key = 4, .size_value = 8, .max_elem = 11,
	.id = 7, .inner_idx = 8999,
};

SEC("2/7")
int called(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("3/7")	/* no map has this id */
int other(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	bpf_tail_call(skb, &jump, 7);
	return !bpf_map_lookup_elem(&outer, &key);
}

char _license[] SEC("license") = "GPL";
