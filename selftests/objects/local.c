// SPDX-License-Identifier: GPL-2.0
/*
 * local.c - survey 4: a static program.  libbpf >= 1.0 takes global ones only,
 * outside of .text.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

SEC("socket")
static __attribute__((used)) int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&m, &key) != 0;
}

char _license[] SEC("license") = "GPL";
