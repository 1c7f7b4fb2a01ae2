// SPDX-License-Identifier: GPL-2.0
/*
 * array.c - an array of definitions, of which ".maps" has no like.
 *
 * refuse: array of definitions
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") pair[2] = {
	{ BPF_MAP_TYPE_HASH, 4, 8, 11, 0 },
	{ BPF_MAP_TYPE_HASH, 4, 8, 22, 0 },
};

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&pair[1], &key) != 0;
}

char _license[] SEC("license") = "GPL";
