// SPDX-License-Identifier: GPL-2.0
/*
 * xdp_socket DEVICE FILE SECTION PEER N	attaches the program of SECTION, creates a socket,
 *					and sends N frames from PEER, which the socket
 *					receives if the program has a map xsks_map
 */
#include <poll.h>
#include <sys/mman.h>

#include "user.h"
#include <bpf/xsk.h>

#define AREA	(4096 * XSK_UMEM__DEFAULT_FRAME_SIZE)

static void *area;
static struct xsk_ring_prod fill, tx;
static struct xsk_ring_cons comp, rx;

int main(int argc, char **argv)
{
	struct xsk_socket_config config = {
		.rx_size = XSK_RING_CONS__DEFAULT_NUM_DESCS,
		.tx_size = XSK_RING_PROD__DEFAULT_NUM_DESCS,
		.xdp_flags = XDP_FLAGS_SKB_MODE, .bind_flags = XDP_COPY,
	};
	struct bpf_prog_load_attr attr = { .prog_type = BPF_PROG_TYPE_XDP };
	struct xsk_socket *xsk = NULL;
	struct bpf_program *prog;
	struct bpf_object *obj;
	struct xsk_umem *umem;
	struct pollfd poller = { .events = POLLIN };
	__u32 idx = 0, got, total = 0, bytes = 0, before = 0, after = 0;
	int ifindex, fd, err, n;

	if (argc != 6)
		return 1;
	libbpf_set_print(silent);
	unlimit();
	ifindex = device(argv[1]);
	n = atoi(argv[5]);
	attr.file = argv[2];
	if (bpf_prog_load_xattr(&attr, &obj, &fd))
		return 1;
	prog = bpf_object__find_program_by_title(obj, argv[3]);
	if (!prog || xdp_link_attach(ifindex, XDP_FLAGS_SKB_MODE, bpf_program__fd(prog)))
		return 1;
	bpf_get_link_xdp_id(ifindex, &before, XDP_FLAGS_SKB_MODE);

	area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	err = xsk_umem__create(&umem, area, AREA, &fill, &comp, NULL);
	printf("xsk_umem__create(): %d\n", err);
	if (err)
		return 1;
	err = xsk_socket__create(&xsk, argv[1], 0, umem, &rx, &tx, &config);
	printf("xsk_socket__create(): %d\n", err);
	if (err)
		goto detach;
	bpf_get_link_xdp_id(ifindex, &after, XDP_FLAGS_SKB_MODE);
	printf("the program that is attached is %s\n", before == after ? "the same" : "another");

	got = xsk_ring_prod__reserve(&fill, n, &idx);
	for (__u32 i = 0; i < got; i++)
		*xsk_ring_prod__fill_addr(&fill, idx + i) = i * XSK_UMEM__DEFAULT_FRAME_SIZE;
	xsk_ring_prod__submit(&fill, got);
	send_frames(argv[4], n);
	poller.fd = xsk_socket__fd(xsk);
	while (total < (__u32)n && poll(&poller, 1, 5000) > 0) {
		got = xsk_ring_cons__peek(&rx, n, &idx);
		for (__u32 i = 0; i < got; i++)
			bytes += xsk_ring_cons__rx_desc(&rx, idx + i)->len;
		xsk_ring_cons__release(&rx, got);
		total += got;
	}
	printf("received %u frames, %u bytes\n", total, bytes);
	xsk_socket__delete(xsk);
	xsk_umem__delete(umem);
detach:
	return xdp_link_detach(ifindex, XDP_FLAGS_SKB_MODE);
}
