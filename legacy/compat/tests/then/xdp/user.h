/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user.h - functions that XDP loaders of 2020 had in a directory common/: to attach by
 * netlink, detach, and find pinned maps.  They print results, which test_xdp.sh compares;
 * they do not print ids of programs and maps, which change.
 */
#ifndef SELFTESTS_COMPAT_XDP_USER_H
#define SELFTESTS_COMPAT_XDP_USER_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common.h"

#define PIN_BASEDIR	"/sys/fs/bpf"
#define FRAME		100	/* bytes */
#define COUNT(a)	(sizeof(a) / sizeof(*(a)))

static const char *const actions[XDP_ACTION_MAX] = {
	"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT",
};

static inline int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static inline int device(const char *name)
{
	int ifindex = if_nametoindex(name);

	if (!ifindex) {
		printf("there is no device %s\n", name);
		exit(1);
	}
	return ifindex;
}

static inline int xdp_link_attach(int ifindex, __u32 xdp_flags, int prog_fd)
{
	int err = bpf_set_link_xdp_fd(ifindex, prog_fd, xdp_flags);

	if (err == -EEXIST && !(xdp_flags & XDP_FLAGS_UPDATE_IF_NOEXIST)) {
		__u32 old_flags = xdp_flags;

		xdp_flags &= ~XDP_FLAGS_MODES;
		xdp_flags |= old_flags & XDP_FLAGS_SKB_MODE ? XDP_FLAGS_DRV_MODE :
							      XDP_FLAGS_SKB_MODE;
		err = bpf_set_link_xdp_fd(ifindex, -1, xdp_flags);
		if (!err)
			err = bpf_set_link_xdp_fd(ifindex, prog_fd, old_flags);
	}
	if (err < 0)
		printf("attach: %d %s\n", err, strerror(-err));
	return err;
}

static inline int xdp_link_detach(int ifindex, __u32 xdp_flags)
{
	__u32 id = 0;
	int err = bpf_get_link_xdp_id(ifindex, &id, xdp_flags);

	if (err) {
		printf("get link xdp id: %d\n", err);
		return err;
	}
	if (!id) {
		printf("no program is attached\n");
		return 0;
	}
	err = bpf_set_link_xdp_fd(ifindex, -1, xdp_flags);
	printf("detach: %d\n", err);
	return err;
}

/* Opens a pinned map, if its value has the size @want, or any size if that is 0. */
static inline int open_bpf_map_file(const char *dir, const char *name,
				    const struct bpf_map_info *want)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = bpf_obj_get(path);
	if (fd < 0) {
		printf("%s: %d %s\n", path, fd, strerror(errno));
		return fd;
	}
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		printf("%s: no info: %s\n", path, strerror(errno));
		return -1;
	}
	printf("%s: type %u key_size %u value_size %u max_entries %u flags %u name %s\n", path,
	       info.type, info.key_size, info.value_size, info.max_entries, info.map_flags,
	       info.name);
	return want->value_size && info.value_size != want->value_size ? -1 : fd;
}

/* Sends @n frames from @ifname, of a type that nobody answers. */
static inline void send_frames(const char *ifname, int n)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = device(ifname), .sll_halen = ETH_ALEN,
	};
	unsigned char frame[FRAME] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5 };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	for (int i = 0; i < n; i++)
		if (sendto(fd, frame, sizeof(frame), 0, (void *)&to, sizeof(to)) != FRAME)
			printf("cannot send a frame: %s\n", strerror(errno));
	close(fd);
}

static inline void unlimit(void)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &r);
}

#endif
