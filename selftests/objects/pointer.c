// SPDX-License-Identifier: GPL-2.0
/*
 * pointer.c - definitions that point at something: no loader of libbpf's line
 * ever had these.
 *
 * refuse: holds pointers, as the definitions of goebpf do
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char path[] = "/sys/fs/bpf/map";

struct {
	__u32 type, key_size, value_size, max_entries, map_flags, pad;
	char *path;
} map SEC("maps") = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0, 0, path };

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&map, &key) != 0;
}

char _license[] SEC("license") = "GPL";
