/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xsk.h - AF_XDP sockets, which are in libxdp now.
 *
 * libxdp has the same header and the same functions.  If its headers are installed, a
 * source gets them, and must be linked with -lxdp, too.  One thing differs: the XDP
 * program that redirects frames to a new socket.  See shims/xsk.c.
 */
#ifndef COMPAT_BPF_XSK_H
#define COMPAT_BPF_XSK_H

#if !__has_include(<xdp/xsk.h>)
#error "xsk_*() left libbpf in 1.0 for libxdp: install its headers (Debian: libxdp-dev), link with -lxdp"
#endif
#include <unistd.h>
#include "libbpf.h"
/* So that -pedantic does not warn about extensions in here. */
#pragma GCC system_header

/* These come before the macros, which a pragma would expand. */
COMPAT_PRAGMA(redefine_extname xsk_socket__create_of_libxdp xsk_socket__create)
COMPAT_PRAGMA(redefine_extname xsk_socket__create_shared_of_libxdp xsk_socket__create_shared)
COMPAT_PRAGMA(redefine_extname xsk_setup_xdp_prog_of_libxdp xsk_setup_xdp_prog)
#define xsk_socket__create xsk_socket__create_of_libxdp
#define xsk_socket__create_shared xsk_socket__create_shared_of_libxdp
#define xsk_setup_xdp_prog xsk_setup_xdp_prog_of_libxdp
#include <xdp/xsk.h>	/* if this is missing, see the #error above */
#undef xsk_socket__create
#undef xsk_socket__create_shared
#undef xsk_setup_xdp_prog

#ifdef __cplusplus
extern "C" {
#endif

int compat_xsks_map(const char *ifname, int ifindex, __u32 xdp_flags);

/* Finds the map of the attached program; then libxdp must not attach another one. */
static __inline__ int compat_xsk_find(const char *ifname, const struct xsk_socket_config *config,
				      struct xsk_socket_config *own)
{
	int map = -ESRCH;

	own->rx_size = XSK_RING_CONS__DEFAULT_NUM_DESCS;
	own->tx_size = XSK_RING_PROD__DEFAULT_NUM_DESCS;
	own->libbpf_flags = 0;
	own->xdp_flags = 0;
	own->bind_flags = 0;
	if (config)
		*own = *config;
	if (!(own->libbpf_flags & XSK_LIBBPF_FLAGS__INHIBIT_PROG_LOAD))
		map = compat_xsks_map(ifname, 0, own->xdp_flags);
	if (map >= 0)
		own->libbpf_flags |= XSK_LIBBPF_FLAGS__INHIBIT_PROG_LOAD;
	return map;
}

/* After creation with result @err, puts a socket that receives into the map. */
static __inline__ int compat_xsk_enter(int err, struct xsk_socket **xsk, __u32 queue_id,
				       const struct xsk_ring_cons *rx, int map)
{
	int fd = err ? -1 : xsk_socket__fd(*xsk);

	if (!err && map >= 0 && rx && bpf_map_update_elem(map, &queue_id, &fd, 0)) {
		err = -errno;
		xsk_socket__delete(*xsk);
	}
	if (map >= 0)
		close(map);
	return err;
}

/*
 * Now: call the function of this name in libxdp; see shims/xsk.c for programs with a
 * map.
 */
static __inline__ int
xsk_socket__create(struct xsk_socket **xsk, const char *ifname, __u32 queue_id,
		   struct xsk_umem *umem, struct xsk_ring_cons *rx, struct xsk_ring_prod *tx,
		   const struct xsk_socket_config *config)
{
	struct xsk_socket_config own;
	int map = compat_xsk_find(ifname, config, &own), err;

	if (map < 0 && map != -ESRCH)
		return map;
	err = xsk_socket__create_of_libxdp(xsk, ifname, queue_id, umem, rx, tx, &own);
	return compat_xsk_enter(err, xsk, queue_id, rx, map);
}

static __inline__ int
xsk_socket__create_shared(struct xsk_socket **xsk, const char *ifname, __u32 queue_id,
			  struct xsk_umem *umem, struct xsk_ring_cons *rx,
			  struct xsk_ring_prod *tx, struct xsk_ring_prod *fill,
			  struct xsk_ring_cons *comp, const struct xsk_socket_config *config)
{
	struct xsk_socket_config own;
	int map = compat_xsk_find(ifname, config, &own), err;

	if (map < 0 && map != -ESRCH)
		return map;
	err = xsk_socket__create_shared_of_libxdp(xsk, ifname, queue_id, umem, rx, tx, fill, comp,
						  &own);
	return compat_xsk_enter(err, xsk, queue_id, rx, map);
}

static __inline__ int xsk_setup_xdp_prog(int ifindex, int *xsks_map_fd)
{
	int map = compat_xsks_map(NULL, ifindex, 0);

	if (map == -ESRCH)
		return xsk_setup_xdp_prog_of_libxdp(ifindex, xsks_map_fd);
	if (map < 0)
		return map;
	if (xsks_map_fd)
		*xsks_map_fd = map;
	else
		close(map);
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
