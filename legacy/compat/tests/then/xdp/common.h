/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.h - shared by the XDP programs and the programs that read their maps.
 */
#ifndef SELFTESTS_COMPAT_XDP_COMMON_H
#define SELFTESTS_COMPAT_XDP_COMMON_H

#include <linux/types.h>

#define XDP_ACTION_MAX	(XDP_REDIRECT + 1)
#define SAMPLE_SIZE	16	/* bytes of a packet */

struct datarec {
	__u64 rx_packets;
	__u64 rx_bytes;
};

struct sample {
	__u16 cookie;
	__u16 pkt_len;
} __attribute__((packed));

#endif
