// SPDX-License-Identifier: GPL-2.0
/*
 * empty.c - a section "maps" without a definition: libbpf >= 1.0 refuses the
 * name alone.
 *
 * expect: prog prog socket
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__asm__(".section maps,\"aw\",@progbits\n.text\n");

SEC("socket")
int prog(struct __sk_buff *skb)
{
	return skb->len;
}

char _license[] SEC("license") = "GPL";
