// SPDX-License-Identifier: GPL-2.0
/*
 * gobpf.c - definitions of 280 and 284 bytes, a section for each, as gobpf and
 * those after it had them.  A path that pinning does not ask for is of no matter.
 *
 * expect: map short_one 1 4 8 11 0
 * expect: map longer_one 2 4 8 22 0
 * expect: prog prog socket
 * expect: ref socket longer_one
 * expect: ref socket short_one
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct gobpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags, pinning;
	char namespace[256];
};

struct longer_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags, inner_map_idx, pinning;
	char namespace[256];
};

struct gobpf_map_def SEC("maps/short_one") short_one = {
	.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 11,
};

struct longer_map_def SEC("maps/longer_one") longer_one = {
	.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 22,
};

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&short_one, &key) ||
	       bpf_map_lookup_elem(&longer_one, &key);
}

char _license[] SEC("license") = "GPL";
