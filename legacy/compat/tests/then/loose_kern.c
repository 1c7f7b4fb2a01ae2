// SPDX-License-Identifier: GPL-2.0
/*
 * loose_kern.c - sections from which libbpf 0.x derives a program's type, and 1.x does
 * not; and a variable, which can be mapped into memory though there is no BTF.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def SEC("maps") m = { BPF_MAP_TYPE_HASH, 4, 8, 11, 0 };

static volatile __u32 counted;

SEC("xdp1")
int one(struct xdp_md *ctx)
{
	__u32 key = 1;

	(void)ctx;
	return bpf_map_lookup_elem(&m, &key) ? XDP_DROP : XDP_PASS;
}

SEC("classifier/in")
int two(struct __sk_buff *skb)
{
	(void)skb;
	counted = 1;
	return 0;
}

SEC("2/7")
int three(struct __sk_buff *skb)
{
	(void)skb;
	return 0;
}

char _license[] SEC("license") = "GPL";
