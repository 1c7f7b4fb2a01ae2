/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xsk.h - AF_XDP sockets, which were never libbpf's concern.
 *
 * The same header and the same functions are libxdp's now.  Where its headers
 * are installed a source gets them, and needs -lxdp beside -lbpf.
 */
#ifndef COMPAT_BPF_XSK_H
#define COMPAT_BPF_XSK_H

#if !__has_include(<xdp/xsk.h>)
#error "xsk_*() left libbpf in 1.0 for libxdp: install its headers (Debian: libxdp-dev), link with -lxdp"
#endif
#include <xdp/xsk.h>	/* missing: see the line above */

#endif
