// SPDX-License-Identifier: GPL-2.0
/*
 * tc_kern.c - an object for tc, as of 2018; test_tc.sh uses it.
 *
 * The definition is iproute2's own, and the map is pinned, so that all programs share it.
 * LAYOUT is how many numbers a definition has: 9, or 7 as before iproute2 4.13.  The
 * programs' sections do not tell the type, since tc knows it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning;
#if LAYOUT == 9
	__u32 inner_id, inner_idx;
#endif
};

struct bpf_elf_map SEC("maps") seen = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 2, .pinning = 2,
};

static __always_inline int count(__u32 key)
{
	__u64 *n = bpf_map_lookup_elem(&seen, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("ingress")
int in(struct __sk_buff *skb)
{
	(void)skb;
	return count(0);
}

SEC("classifier")
int out(struct __sk_buff *skb)
{
	(void)skb;
	return count(1);
}

char _license[] SEC("license") = "GPL";
