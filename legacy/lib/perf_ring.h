/* SPDX-License-Identifier: GPL-2.0 */
/*
 * perf_ring.h - reads the rings of a PERF_EVENT_ARRAY without a library.
 *
 * bpf_perf_event_output() writes into the ring of the CPU it runs on: a page with two
 * positions, and the data, shared with the kernel by mmap(2).  There is a ring for each
 * CPU, so records of two CPUs have no order.  A ring that was full reports it by
 * PERF_RECORD_LOST, but only once a later record fits.  So the program has to count the
 * records that bpf_perf_event_output() refused; PERF_RECORD_LOST is only a cross-check.
 */
#ifndef LEGACY_LIB_PERF_RING_H
#define LEGACY_LIB_PERF_RING_H

#include <stddef.h>
#include <linux/types.h>
#include <linux/perf_event.h>

/*
 * Handles a record.  Returns 0, or -1 if it is not a record of this family.  @data is aligned to
 * 8 bytes; @size may be a few bytes more than the program sent.
 */
typedef int (*perf_ring_fn)(const void *data, __u32 size);

/* What the parser has to know of one ring. */
struct perf_ring {
	struct perf_event_mmap_page *page;	/* data_head and data_tail */
	const char *data;
	__u64 size;				/* of the data, a power of two */
	__u64 lost;				/* the sum of PERF_RECORD_LOST */
};

/* Reads all records.  Returns 0, or -1 after a warning if one is invalid. */
int perf_ring_read(struct perf_ring *ring, perf_ring_fn fn);

/* The rings of all CPUs. */
struct perf_rings;

/*
 * Opens a ring of @size bytes, a power of two of pages, for each CPU that is online, and stores
 * it in @map_fd.  A CPU that comes online later gets a ring when the rings are read (see
 * cpu_watch.h).  The reader is woken once a quarter is full, and not for each record, as wakeups
 * are most of what a perf ring costs.  Returns NULL after a warning.
 */
struct perf_rings *perf_rings_open(int map_fd, size_t size);
/* An epoll descriptor, which is readable after a wakeup; -1 if @rings is NULL. */
int perf_rings_fd(const struct perf_rings *rings);
int perf_rings_read(struct perf_rings *rings, perf_ring_fn fn);
/*
 * Compares @lost, which the program has counted, with what the rings report.  Returns 0, or -1
 * after a warning if the rings report more.  They may report fewer.
 */
int perf_rings_check(const struct perf_rings *rings, __u64 lost);
void perf_rings_close(struct perf_rings *rings);

#endif
