// SPDX-License-Identifier: GPL-2.0
/*
 * sections.c - a section for each map, as some loaders had it, beside "maps".
 *
 * expect: map first 1 4 8 11 0
 * expect: map second 1 4 8 22 0
 * expect: map third 1 4 8 33 0
 * expect: prog prog socket
 * expect: ref socket first
 * expect: ref socket second
 * expect: ref socket third
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HASH(name, section, entries) \
	struct bpf_map_def SEC(section) name = { \
		.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = entries, \
	}

HASH(first, "maps/first", 11);
HASH(second, "maps", 22);
static HASH(third, "maps/third", 33);

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&third, &key) || bpf_map_lookup_elem(&first, &key) ||
	       bpf_map_lookup_elem(&second, &key);
}

char _license[] SEC("license") = "GPL";
