/* SPDX-License-Identifier: GPL-2.0 */
/*
 * perf_ring.h - the rings behind a PERF_EVENT_ARRAY, read by hand.
 *
 * bpf_perf_event_output() writes into the ring of the CPU it runs on: a page
 * with two positions, and the data, shared with the kernel by mmap(2).  There
 * is a ring for each CPU, so records of two CPUs have no order.  A ring that is
 * full says PERF_RECORD_LOST once there is room again, if then: the program
 * has to count what bpf_perf_event_output() refused, this is a cross-check.
 */
#ifndef LEGACY_LIB_PERF_RING_H
#define LEGACY_LIB_PERF_RING_H

#include <stddef.h>
#include <linux/types.h>
#include <linux/perf_event.h>

/*
 * Takes a record: 0, or -1 if it is none of its own.  @data is aligned to 8
 * bytes; @size may be a few bytes more than was sent.
 */
typedef int (*perf_ring_fn)(const void *data, __u32 size);

/* One ring: what the parser needs to know of it. */
struct perf_ring {
	struct perf_event_mmap_page *page;	/* data_head and data_tail */
	const char *data;
	__u64 size;				/* of the data, a power of two */
	__u64 lost;				/* as PERF_RECORD_LOST has it */
};

/* Reads all that is there.  0, or -1 and a line if it makes no sense. */
int perf_ring_read(struct perf_ring *ring, perf_ring_fn fn);

/* The rings of all CPUs. */
struct perf_rings;

/*
 * A ring of @pages for each CPU that is online, entered into @map_fd; one that comes
 * online later gets one when the rings are read (see cpu_watch.h).  The
 * reader is woken once @wakeup pages are full, and not for each record, which
 * is most of what a perf ring costs.  NULL after a line on stderr.
 */
struct perf_rings *perf_rings_open(int map_fd, unsigned int pages, unsigned int wakeup);
/* An epoll descriptor, readable after a wakeup; -1 for NULL. */
int perf_rings_fd(const struct perf_rings *rings);
int perf_rings_read(struct perf_rings *rings, perf_ring_fn fn);
/*
 * Cross-checks the losses that the program counted: 0, or -1 and a line if the
 * rings know of more.  They may well know of fewer.
 */
int perf_rings_check(const struct perf_rings *rings, __u64 lost);
void perf_rings_close(struct perf_rings *rings);

#endif
