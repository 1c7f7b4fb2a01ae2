// SPDX-License-Identifier: GPL-2.0
/*
 * constant.c - survey, "what cannot open": an extern that some loaders set when
 * they loaded, by its address.  It stays 0, and maps2btf says so.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket m
 * note: SET_BY_THE_LOADER is defined nowhere: it stays the number that the code has
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;
	__u64 set;

	(void)skb;
	__asm__ volatile("%0 = SET_BY_THE_LOADER ll" : "=r"(set));
	return bpf_map_lookup_elem(&m, &key) ? 1 : (int)set;
}

char _license[] SEC("license") = "GPL";
