// SPDX-License-Identifier: GPL-2.0
/*
 * undefined.c - a call of what is nowhere, such as the memset() that the
 * compiler falls back on.  No loader can help.
 *
 * refuse: calls nowhere(), which is defined nowhere
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__asm__ volatile("call nowhere");
	return skb->len;
}

char _license[] SEC("license") = "GPL";
