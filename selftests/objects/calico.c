// SPDX-License-Identifier: GPL-2.0
/*
 * calico.c - iproute2's 36 bytes under other names, as Calico has them, and 24 of
 * them, as it had for bpftool.
 *
 * expect: map both 1 4 8 11 1
 * expect: map short_one 2 4 8 5 0
 * expect: prog prog socket
 * expect: ref socket both
 * expect: ref socket short_one
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def_extended {
	__u32 type, key_size, value_size, max_entries, map_flags, map_id, pinning_strategy;
	__u32 unused1, unused2;
};

struct bpf_map_def_bpftool {
	__u32 type, key_size, value_size, max_entries, map_flags, map_id;
};

struct bpf_map_def_extended SEC("maps") both = {
	.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 11,
	.map_flags = BPF_F_NO_PREALLOC, .map_id = 3,
};

struct bpf_map_def_bpftool SEC("maps") short_one = {
	.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 5,
	.map_id = 4,
};

SEC("socket")
int prog(struct __sk_buff *skb)
{
	__u32 key = 1;

	(void)skb;
	return bpf_map_lookup_elem(&both, &key) || bpf_map_lookup_elem(&short_one, &key);
}

char _license[] SEC("license") = "GPL";
