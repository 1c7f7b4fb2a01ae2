// SPDX-License-Identifier: GPL-2.0
/*
 * xdp_kern.c - XDP programs as in the tutorials of 2020: they count for each CPU,
 * redirect to a device, send samples to user space, and redirect to sockets.
 */
#include <stddef.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "common.h"

struct bpf_map_def SEC("maps") xdp_stats_map = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct datarec),
	.max_entries = XDP_ACTION_MAX,
};

struct bpf_map_def SEC("maps") tx_port = {
	.type = BPF_MAP_TYPE_DEVMAP,
	.key_size = sizeof(int),
	.value_size = sizeof(int),
	.max_entries = 4,
};

struct bpf_map_def SEC("maps") samples = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = sizeof(int),
	.value_size = sizeof(__u32),
	.max_entries = 128,
};

struct bpf_map_def SEC("maps") xsks_map = {
	.type = BPF_MAP_TYPE_XSKMAP,
	.key_size = sizeof(int),
	.value_size = sizeof(int),
	.max_entries = 4,
};

static __always_inline __u32 count(struct xdp_md *ctx, __u32 action)
{
	struct datarec *rec = bpf_map_lookup_elem(&xdp_stats_map, &action);

	if (!rec)
		return XDP_ABORTED;
	rec->rx_packets++;
	rec->rx_bytes += ctx->data_end - ctx->data;
	return action;
}

SEC("xdp_pass")
int xdp_pass_func(struct xdp_md *ctx)
{
	return count(ctx, XDP_PASS);
}

SEC("xdp_drop")
int xdp_drop_func(struct xdp_md *ctx)
{
	return count(ctx, XDP_DROP);
}

/* clang puts the text into a section of its own, .rodata.str1.1. */
SEC("xdp_abort")
int xdp_abort_func(struct xdp_md *ctx)
{
	char text[] = "a packet of %d bytes is not for us, and this text is a long one\n";

	bpf_trace_printk(text, sizeof(text), ctx->data_end - ctx->data);
	return count(ctx, XDP_ABORTED);
}

SEC("xdp_redirect_map")
int xdp_redirect_map_func(struct xdp_md *ctx)
{
	count(ctx, XDP_REDIRECT);
	return bpf_redirect_map(&tx_port, 0, 0);
}

SEC("xdp_sample")
int xdp_sample_func(struct xdp_md *ctx)
{
	__u64 flags = BPF_F_CURRENT_CPU | (__u64)SAMPLE_SIZE << 32;
	struct sample sample = {
		.cookie = 0xdead,
		.pkt_len = ctx->data_end - ctx->data,
	};

	bpf_perf_event_output(ctx, &samples, flags, &sample, sizeof(sample));
	return count(ctx, XDP_PASS);
}

SEC("xdp_sock")
int xdp_sock_func(struct xdp_md *ctx)
{
	int index = ctx->rx_queue_index;

	count(ctx, XDP_REDIRECT);
	if (bpf_map_lookup_elem(&xsks_map, &index))
		return bpf_redirect_map(&xsks_map, index, 0);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
