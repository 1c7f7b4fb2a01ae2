// SPDX-License-Identifier: GPL-2.0
/*
 * xdp.c - attach XDP programs by netlink.
 *
 * In 0.x a file descriptor of -1 meant to detach; now there is bpf_xdp_detach().  The
 * names of the new functions begin with bpf_xdp_.
 */
#include <errno.h>
#include <string.h>
#include <linux/if_link.h>

#include "compat.h"

int bpf_set_link_xdp_fd(int ifindex, int fd, __u32 flags)
{
	return fd >= 0 ? bpf_xdp_attach(ifindex, fd, flags, NULL) :
			 bpf_xdp_detach(ifindex, flags, NULL);
}

/* In 0.x the option old_fd implied the flag XDP_FLAGS_REPLACE. */
int bpf_set_link_xdp_fd_opts(int ifindex, int fd, __u32 flags,
			     const struct bpf_xdp_set_link_opts *opts)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, new);

	if (opts && opts->sz > offsetof(struct bpf_xdp_set_link_opts, old_fd)) {
		new.old_prog_fd = opts->old_fd;
		flags |= XDP_FLAGS_REPLACE;
	}
	return fd >= 0 ? bpf_xdp_attach(ifindex, fd, flags, &new) :
			 bpf_xdp_detach(ifindex, flags, &new);
}

int bpf_get_link_xdp_id(int ifindex, __u32 *prog_id, __u32 flags)
{
	return bpf_xdp_query_id(ifindex, flags, prog_id);
}

int bpf_get_link_xdp_info(int ifindex, struct xdp_link_info *info, size_t size, __u32 flags)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	struct xdp_link_info all;
	int err;

	if (!info || !size)
		return -EINVAL;
	err = bpf_xdp_query(ifindex, flags, &opts);
	if (err)
		return err;
	all = (struct xdp_link_info){
		.prog_id = opts.prog_id, .drv_prog_id = opts.drv_prog_id,
		.hw_prog_id = opts.hw_prog_id, .skb_prog_id = opts.skb_prog_id,
		.attach_mode = opts.attach_mode,
	};
	memset(info, 0, size);
	memcpy(info, &all, size < sizeof(all) ? size : sizeof(all));
	return 0;
}
