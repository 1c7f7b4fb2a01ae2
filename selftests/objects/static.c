// SPDX-License-Identifier: GPL-2.0
/*
 * static.c - static definitions: clang refers to them by their section, with the
 * place in the instruction, which libbpf >= 1.0 does not look at.
 *
 * wrong in 0.3: it takes every static map for the first one.
 *
 * expect: map one 1 4 8 11 0
 * expect: map three 1 4 8 33 0
 * expect: map two 1 4 8 22 0
 * expect: prog prog socket
 * expect: ref socket one
 * expect: ref socket three
 * expect: ref socket two
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HASH(name, entries) \
	static struct bpf_map_def SEC("maps") name = { \
		.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = entries, \
	}

HASH(one, 11);
HASH(two, 22);
HASH(three, 33);

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&three, &key) || bpf_map_lookup_elem(&one, &key) ||
	       bpf_map_lookup_elem(&two, &key);
}

char _license[] SEC("license") = "GPL";
