// SPDX-License-Identifier: GPL-2.0
/*
 * common.c - a tentative definition (clang before 11 had them by default), for
 * which a linker makes room, and libbpf does not.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket m
 * expect: ref socket counter
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };
int counter __attribute__((common));

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	counter++;
	return bpf_map_lookup_elem(&m, &key) != 0;
}

char _license[] SEC("license") = "GPL";
