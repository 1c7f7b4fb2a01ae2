// SPDX-License-Identifier: GPL-2.0
/*
 * extern.c - what libbpf 0.x already filled in, beside old definitions: a value of
 * the kernel.  It has a section in BTF and none in the object.
 *
 * only: with -g (without, nobody knows what it is)
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket LINUX_KERNEL_VERSION
 * expect: ref socket m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

extern unsigned int LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = LINUX_KERNEL_VERSION;

	(void)skb;
	return !!bpf_map_lookup_elem(&m, &key);
}

char _license[] SEC("license") = "GPL";
