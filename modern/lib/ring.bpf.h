/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ring.bpf.h - when a record should wake the reader up.
 *
 * A wakeup per record is what ring buffers do if nobody says otherwise, and it
 * is most of their cost.  The reader looks ten times a second anyway, so it is
 * woken only when the buffer is a quarter full.
 */
#ifndef MODERN_LIB_RING_BPF_H
#define MODERN_LIB_RING_BPF_H

static __always_inline __u64 ring_wakeup(void *ring)
{
	__u64 room = bpf_ringbuf_query(ring, BPF_RB_RING_SIZE);

	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > room / 4 ?
	       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

#endif
