// SPDX-License-Identifier: GPL-2.0
/*
 * names.c - five numbers whose names are the author's own: libbpf 0.x went by their places.
 *
 * expect: map m 1 4 8 11 1
 * expect: map n 2 4 16 5 0
 * expect: prog prog socket
 * expect: ref socket m
 * expect: ref socket n
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct table {
	__u32 kind, ksize, vsize, entries, how;
};

struct half_known {
	__u32 type, key_size, value_bytes, max_entries, map_flags;
};

struct table SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, BPF_F_NO_PREALLOC };
struct half_known SEC("maps") n = { BPF_MAP_TYPE_ARRAY, 4, 16, 5, 0 };

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&m, &key) || bpf_map_lookup_elem(&n, &key);
}

char _license[] SEC("license") = "GPL";
