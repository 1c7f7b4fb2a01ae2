// SPDX-License-Identifier: GPL-2.0
/*
 * alias.c - survey 7: two symbols at one place are one map, by the first name.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };
extern struct bpf_map_def other __attribute__((alias("m")));

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&m, &key) || bpf_map_lookup_elem(&other, &key);
}

char _license[] SEC("license") = "GPL";
