// SPDX-License-Identifier: GPL-2.0
/* perf_ring.c - reads the rings of a PERF_EVENT_ARRAY without a library. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "observe.h"
#include "permission.h"

#include "cpu_watch.h"
#include "perf_ring.h"
#include "sys_bpf.h"

/* The length of a record has 16 bits. */
#define RECORD_MAX	(1 << 16)

struct cpu_ring {
	struct perf_ring ring;
	int fd;
};

struct perf_rings {
	int epoll_fd, map_fd;
	size_t size;		/* of each ring, without its first page */
	__u64 lost;		/* records lost by rings that are closed */
	int cnt;
	struct cpu_ring cpus[];	/* by CPU number; a CPU that is offline has no ring */
};

/* Copies @len bytes that begin at position @from, and may continue at the start of the ring. */
static void copy_out(const struct perf_ring *ring, __u64 from, void *to, size_t len)
{
	size_t at = from & (ring->size - 1);
	size_t first = len < ring->size - at ? len : ring->size - at;

	memcpy(to, ring->data + at, first);
	memcpy((char *)to + first, ring->data, len - first);
}

/* Handles one complete record.  Returns 0, or -1 if its sizes do not fit together. */
static int take(struct perf_ring *ring, const char *record, perf_ring_fn fn)
{
	struct {
		struct perf_event_header header;
		__u64 id;
		__u64 lost;
	} loss;
	struct {
		struct perf_event_header header;
		__u32 size;
	} sample;

	memcpy(&sample.header, record, sizeof(sample.header));
	switch (sample.header.type) {
	case PERF_RECORD_SAMPLE:
		if (sample.header.size < sizeof(sample))
			return -1;
		memcpy(&sample, record, sizeof(sample));
		if (sample.size > sample.header.size - sizeof(sample))
			return -1;
		return fn(record + sizeof(sample), sample.size);
	case PERF_RECORD_LOST:
		if (sample.header.size < sizeof(loss))
			return -1;
		memcpy(&loss, record, sizeof(loss));
		ring->lost += loss.lost;
		return 0;
	default:
		return 0;	/* ignore other records, such as throttling */
	}
}

int perf_ring_read(struct perf_ring *ring, perf_ring_fn fn)
{
	/*
	 * The copy begins at byte 4, as header and length have 12 bytes: so the data after them
	 * is aligned to 8 bytes, which it is not in the ring.
	 */
	static __u64 buffer[RECORD_MAX / sizeof(__u64) + 1];
	char *record = (char *)buffer + 4;
	struct perf_event_header header;
	__u64 head, tail;
	int err = 0;

	/* Acquire: the kernel has written the records before it moves the head. */
	head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	tail = ring->page->data_tail;
	if (head - tail > ring->size)
		err = -1;
	while (!err && tail != head) {
		if (head - tail < sizeof(header)) {
			err = -1;
			break;
		}
		copy_out(ring, tail, &header, sizeof(header));
		if (header.size < sizeof(header) || header.size > head - tail) {
			err = -1;
			break;
		}
		copy_out(ring, tail, record, header.size);
		err = take(ring, record, fn);
		tail += header.size;
	}
	/* Release: the records have been read before the kernel may overwrite them. */
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
	if (err)
		observe_warn("invalid record in a perf ring: %llu bytes at %llu are skipped",
			     (unsigned long long)(head - tail), (unsigned long long)tail);
	return err;
}

static void close_ring(struct perf_rings *rings, struct cpu_ring *c)
{
	if (!c->ring.page)
		return;
	rings->lost += c->ring.lost;
	munmap(c->ring.page, sysconf(_SC_PAGESIZE) + rings->size);
	close(c->fd);
	c->ring = (struct perf_ring){};
}

static int open_ring(struct perf_rings *rings, int cpu)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.watermark = 1,
		.wakeup_watermark = rings->size / 4,
	};
	struct cpu_ring *c = &rings->cpus[cpu];
	struct epoll_event event = { .events = EPOLLIN };
	void *mapped;

	c->fd = syscall(__NR_perf_event_open, &attr, -1 /* any task */, cpu, -1,
			PERF_FLAG_FD_CLOEXEC);
	if (c->fd < 0 && errno == ENODEV)
		return 0;	/* the CPU is offline: nothing runs there until it comes online */
	if (c->fd < 0) {
		observe_warn("CPU %d: perf_event_open: %s", cpu, errno == EACCES || errno == EPERM ?
			     permission_why() : strerror(errno));
		return -1;
	}
	mapped = mmap(NULL, page + rings->size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (mapped == MAP_FAILED) {
		observe_warn("CPU %d: cannot map a ring of %zu bytes: %s%s", cpu,
			     rings->size, strerror(errno),
			     errno == EPERM ? " (see ulimit -l and kernel.perf_event_mlock_kb)" : "");
		close(c->fd);
		return -1;
	}
	c->ring.page = mapped;
	c->ring.data = (char *)mapped + page;
	c->ring.size = rings->size;
	if (sys_map_update(rings->map_fd, &cpu, &c->fd, BPF_ANY) ||
	    epoll_ctl(rings->epoll_fd, EPOLL_CTL_ADD, c->fd, &event)) {
		observe_warn("CPU %d: cannot store its ring in the event map: %s", cpu,
			     strerror(errno));
		return -1;
	}
	return 0;
}

struct perf_rings *perf_rings_open(int map_fd, size_t size)
{
	int cpus = possible_cpus();
	struct perf_rings *rings;

	if (cpus < 0) {
		observe_warn("/sys/devices/system/cpu/possible: %s (is /sys mounted?)",
			     strerror(errno));
		return NULL;
	}
	cpu_came();	/* from now on it finds CPUs that come online */
	rings = calloc(1, sizeof(*rings) + cpus * sizeof(rings->cpus[0]));
	if (!rings) {
		observe_warn("out of memory");
		return NULL;
	}
	rings->cnt = cpus;
	rings->map_fd = map_fd;
	rings->size = size;
	rings->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (rings->epoll_fd < 0) {
		observe_warn("epoll: %s", strerror(errno));
		goto failed;
	}
	for (int cpu = 0; cpu < cpus; cpu++)
		if (open_ring(rings, cpu))
			goto failed;
	return rings;

failed:
	perf_rings_close(rings);
	return NULL;
}

int perf_rings_fd(const struct perf_rings *rings)
{
	return rings ? rings->epoll_fd : -1;
}

/* Replaces the ring of a CPU.  If it had one, that is dead, but its records are still good. */
static int renew_ring(struct perf_rings *rings, int cpu, perf_ring_fn fn)
{
	struct cpu_ring *c = &rings->cpus[cpu];
	int err = c->ring.page ? perf_ring_read(&c->ring, fn) : 0;

	close_ring(rings, c);
	if (open_ring(rings, cpu))
		return -1;
	observe_warn("CPU %d came online after this began: it has a ring now, but earlier records are lost",
		     cpu);
	return err;
}

int perf_rings_read(struct perf_rings *rings, perf_ring_fn fn)
{
	int cpu, err = 0;

	for (cpu = 0; cpu < rings->cnt; cpu++)
		if (rings->cpus[cpu].ring.page)
			err |= perf_ring_read(&rings->cpus[cpu].ring, fn);
	while ((cpu = cpu_came()) >= 0)
		err |= renew_ring(rings, cpu, fn);
	return err;
}

int perf_rings_check(const struct perf_rings *rings, __u64 lost)
{
	__u64 known = rings->lost;

	for (int i = 0; i < rings->cnt; i++)
		known += rings->cpus[i].ring.lost;
	if (known <= lost)
		return 0;
	observe_warn("the program counted %llu lost records, but the rings report %llu",
		     (unsigned long long)lost, (unsigned long long)known);
	return -1;
}

void perf_rings_close(struct perf_rings *rings)
{
	if (!rings)
		return;
	for (int cpu = 0; cpu < rings->cnt; cpu++)
		close_ring(rings, &rings->cpus[cpu]);
	if (rings->epoll_fd >= 0)
		close(rings->epoll_fd);
	free(rings);
}
