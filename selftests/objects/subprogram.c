// SPDX-License-Identifier: GPL-2.0
/*
 * subprogram.c - survey, "what cannot open": a subprogram outside of .text,
 * where libbpf does not look.  It is put there; so are its lines and types.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref .text m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

__attribute__((noinline)) int text(int a)
{
	__u32 key = a;

	return bpf_map_lookup_elem(&m, &key) != 0;
}

SEC("sub")
__attribute__((noinline)) int other(int a)
{
	__u32 key = a + 1;

	return bpf_map_lookup_elem(&m, &key) ? 1 : text(a);
}

SEC("socket")
int prog(struct __sk_buff *skb)
{
	return text(skb->len) + other(skb->mark);
}

char _license[] SEC("license") = "GPL";
