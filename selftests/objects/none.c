// SPDX-License-Identifier: GPL-2.0
/*
 * none.c - nothing to be done: it must come out as it went in.
 *
 * unchanged:
 * expect: prog prog socket
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("socket")
int prog(struct __sk_buff *skb)
{
	return skb->len;
}

char _license[] SEC("license") = "GPL";
