// SPDX-License-Identifier: GPL-2.0
/*
 * lock.c - survey 12: without the types of the annotation the kernel would not
 * know that there is a lock in the value, and refuse the program.
 *
 * loads: with -g
 *
 * expect: map m 2 4 16 1 0
 * expect: prog prog classifier
 * expect: ref classifier m
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct value {
	struct bpf_spin_lock lock;
	__u64 count;
};

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct value), 1, 0 };

struct ____btf_map_m {
	__u32 key;
	struct value value;
};

struct ____btf_map_m __attribute__((section(".maps.m"), used)) ____btf_map_m = {};

SEC("classifier")
int prog(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&m, &key);

	(void)skb;
	if (v) {
		bpf_spin_lock(&v->lock);
		v->count++;
		bpf_spin_unlock(&v->lock);
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
