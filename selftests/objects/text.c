// SPDX-License-Identifier: GPL-2.0
/*
 * text.c - a program without a section of its own, alone in .text: today's
 * libbpf takes it for a subprogram.  It gets the section "text", and a global name.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog text
 * expect: ref text m
 * loads: only with a type
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

static __attribute__((used)) int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&m, &key) != 0;
}

char _license[] SEC("license") = "GPL";
