// SPDX-License-Identifier: GPL-2.0
/*
 * xdp_sample DEVICE FILE PEER N	attaches the program of section xdp_sample, sends N
 *					frames from PEER, and prints samples of the perf buffer
 */
#include "user.h"

static int seen;

static void print_bpf_output(void *ctx, int cpu, void *data, __u32 size)
{
	const struct {
		struct sample sample;
		unsigned char data[SAMPLE_SIZE];
	} __attribute__((packed)) *e = data;

	(void)cpu;
	printf("%s: cookie %x length %u, at least %d bytes:", (const char *)ctx, e->sample.cookie,
	       e->sample.pkt_len, size >= sizeof(*e));
	for (int i = 0; i < SAMPLE_SIZE; i++)
		printf(" %02x", e->data[i]);
	printf("\n");
	seen++;
}

static void lost(void *ctx, int cpu, __u64 n)
{
	(void)ctx;
	(void)cpu;
	printf("lost %llu\n", n);
}

int main(int argc, char **argv)
{
	struct bpf_prog_load_attr attr = { .prog_type = BPF_PROG_TYPE_XDP };
	struct perf_buffer_opts opts = { .sample_cb = print_bpf_output, .lost_cb = lost };
	struct bpf_program *prog;
	struct bpf_object *obj;
	struct perf_buffer *pb;
	struct bpf_map *map;
	int ifindex, fd, n;

	if (argc != 5)
		return 1;
	libbpf_set_print(silent);
	unlimit();
	ifindex = device(argv[1]);
	attr.file = argv[2];
	n = atoi(argv[4]);
	if (bpf_prog_load_xattr(&attr, &obj, &fd)) {
		printf("cannot load\n");
		return 1;
	}
	prog = bpf_object__find_program_by_title(obj, "xdp_sample");
	map = bpf_object__find_map_by_name(obj, "samples");
	if (!prog || !map)
		return 1;
	if (xdp_link_attach(ifindex, XDP_FLAGS_SKB_MODE, bpf_program__fd(prog)))
		return 1;
	opts.ctx = argv[1];
	pb = perf_buffer__new(bpf_map__fd(map), 8, &opts);
	if (libbpf_get_error(pb)) {
		printf("perf_buffer__new(): %ld\n", libbpf_get_error(pb));
		return 1;
	}
	send_frames(argv[3], n);
	while (seen < n && perf_buffer__poll(pb, 5000) > 0)
		;
	printf("%d samples\n", seen);
	perf_buffer__free(pb);
	bpf_object__close(obj);
	return xdp_link_detach(ifindex, XDP_FLAGS_SKB_MODE);
}
