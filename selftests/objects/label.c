// SPDX-License-Identifier: GPL-2.0
/*
 * label.c - labels of inline assembly are symbols without a type, as the programs of
 * old LLVM are; but they stand in functions that have one.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;
	int n = 0;

	__asm__ volatile("if %1 == 0 goto over_%=; %0 = 1; over_%=: %0 += 1"
			 : "+r"(n) : "r"(skb->len));
	return bpf_map_lookup_elem(&m, &key) ? 1 : n;
}

char _license[] SEC("license") = "GPL";
