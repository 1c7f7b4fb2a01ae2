// SPDX-License-Identifier: GPL-2.0
/*
 * strings.c - constants that clang puts into a section of their own, and data in sections
 * with names of their own: maps since libbpf 0.6, and nothing to libbpf 0.x.
 * With -DDOT_MAPS there is nothing else to convert.
 *
 * expect: map m 1 4 8 11 0
 * expect: prog prog socket
 * expect: ref socket m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifdef DOT_MAPS
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 11);
	__type(key, __u32);
	__type(value, __u64);
} m SEC(".maps");
#else
struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

int extra SEC(".data.extra") = 1;
const volatile int more SEC(".rodata.more") = 2;
#endif

SEC("socket")
int prog(struct __sk_buff *skb)
{
	char text[] = "a text that is long enough for clang to copy it from somewhere: %d\n";
	__u32 key = 1;

	bpf_trace_printk(text, sizeof(text), skb->len);
	return bpf_map_lookup_elem(&m, &key) != 0;
}

char _license[] SEC("license") = "GPL";
