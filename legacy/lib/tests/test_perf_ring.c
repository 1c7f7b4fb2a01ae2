// SPDX-License-Identifier: GPL-2.0
/*
 * test_perf_ring.c - does legacy/lib/perf_ring.c read what a kernel writes, and
 * refuse what a kernel never writes?
 *
 * The rings are made here.  Records begin at every offset, so that the end of the ring is once
 * in each part of a record; the last ring is written by another thread while it is read.
 */
#include <pthread.h>

#include "ktap.h"
#include "perf_ring.h"

#define SIZE	1024		/* of the data */
#define START	(~0ULL - 4 * SIZE + 1)	/* positions wrap around as well */

static struct perf_event_mmap_page page;
static char *data;		/* from malloc(), so that ASan knows its end */
static struct perf_ring ring;

/* What was read: the number of records, and a hash of their sizes and bytes. */
static unsigned int records;
static uint64_t seen_sum, sum;
static bool aligned;

static uint64_t digest(const void *p, size_t size, uint64_t h)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < size; i++)
		h = h * 31 + c[i] + 1;
	return h * 31 + size;
}

static int take(const void *p, __u32 size)
{
	records++;
	seen_sum = digest(p, size, seen_sum);
	aligned &= !((uintptr_t)p & 7);
	return 0;
}

static int refuse(const void *p, __u32 size)
{
	(void)p;
	(void)size;
	return -1;
}

static void reset(uint64_t at)
{
	memset(&page, 0, sizeof(page));
	memset(data, 0xaa, SIZE);
	page.data_head = at;
	page.data_tail = at;
	ring = (struct perf_ring){ .page = &page, .data = data, .size = SIZE };
	records = 0;
	seen_sum = 0;
	sum = 0;
	aligned = true;
}

static void put(const void *p, size_t size)
{
	const char *c = p;

	for (size_t i = 0; i < size; i++)
		data[(page.data_head + i) % SIZE] = c[i];
	page.data_head += size;
}

static void put_header(uint32_t type, size_t size)
{
	struct perf_event_header header = { .type = type, .size = size };

	put(&header, sizeof(header));
}

/* A sample whose record has @more bytes than it needs. */
static void put_sample(uint32_t size, size_t more)
{
	char bytes[SIZE] = {};

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = i * 7 + size;
	put_header(PERF_RECORD_SAMPLE, sizeof(struct perf_event_header) + 4 + size + more);
	put(&size, sizeof(size));
	put(bytes, size);
	put("\0\0\0\0\0\0\0", more);
	sum = digest(bytes, size, sum);
}

static void put_lost(uint64_t lost)
{
	uint64_t body[2] = { 1, lost };

	put_header(PERF_RECORD_LOST, sizeof(struct perf_event_header) + sizeof(body));
	put(body, sizeof(body));
}

static bool all_read(unsigned int n)
{
	return !perf_ring_read(&ring, take) && records == n && seen_sum == sum && aligned &&
	       page.data_tail == page.data_head && !*ktap_said();
}

static void test_good(void)
{
	bool ok = true;

	reset(0);
	ktap_ok(all_read(0), "an empty ring");

	for (uint64_t at = START; at != 4 * SIZE; at += 8) {
		reset(at);
		for (uint32_t size = 4; size <= 68; size += 8)
			put_sample(size, 0);
		ok &= all_read(9) && !ring.lost;
	}
	ktap_ok(ok, "records that cross the end of the ring, at every offset");

	ok = true;
	for (uint64_t at = START; at != 4 * SIZE; at += 8) {
		reset(at);
		put_sample(SIZE - 12, 0);
		ok &= all_read(1);
	}
	ktap_ok(ok, "a record as large as the ring, at every offset");

	ok = true;
	for (uint64_t at = START; at != 4 * SIZE; at += 8) {
		reset(at);
		put_sample(20, 0);
		put_lost(5);
		put_header(PERF_RECORD_THROTTLE, 32);
		put("twenty-four bytes of it", 24);
		put_lost(7);
		put_sample(300, 0);
		ok &= all_read(2) && ring.lost == 12;
	}
	ktap_ok(ok, "LOST records are added up, and other types are skipped");

	ok = true;
	for (uint64_t at = START; at != 4 * SIZE; at++) {
		reset(at);
		for (uint32_t size = 0; size < 20; size++)
			put_sample(size, size % 5);
		ok &= all_read(20);
	}
	ktap_ok(ok, "sizes and offsets that are not aligned");

	reset(40);
	put_sample(16, 4);
	ok = all_read(1);
	put_sample(24, 0);
	ktap_ok(ok && all_read(2), "a record that is written after a read is read by the next");
}

/* The reader warns of a bad record, gives the records before it, and goes on after it. */
static void bad(const char *name, unsigned int good)
{
	bool ok = perf_ring_read(&ring, take) && ktap_line(ktap_said(), "perf ring") &&
		  records == good && page.data_tail == page.data_head;

	seen_sum = 0;
	sum = 0;
	put_sample(16, 4);
	ktap_ok(ok && all_read(good + 1), "%s", name);
}

static void test_bad(void)
{
	reset(8);
	put_sample(16, 4);
	put_header(PERF_RECORD_SAMPLE, 0);
	bad("a record of size 0", 1);

	reset(8);
	put_header(PERF_RECORD_SAMPLE, 7);
	bad("a record smaller than its header", 0);

	reset(8);
	put_header(PERF_RECORD_SAMPLE, 8);
	bad("a sample without its size", 0);

	reset(SIZE - 8);
	put_header(PERF_RECORD_SAMPLE, 24);
	bad("a record beyond the head", 0);

	reset(SIZE - 4);
	put("half", 4);
	bad("half a header", 0);

	for (int i = 0; i < 3; i++) {
		static const uint32_t sizes[] = { 13, 0x7fffffff, 0xffffffff };

		reset(8);
		put_sample(20, 4);
		put_header(PERF_RECORD_SAMPLE, 24);
		put(&sizes[i], 4);
		put("twelve bytes", 12);
		bad("a sample larger than its record", 1);
	}

	reset(8);
	put_header(PERF_RECORD_LOST, 16);
	put("only one", 8);
	bad("a LOST record without its count", 0);

	reset(0);
	page.data_head = SIZE + 8;
	bad("a head more than a ring away", 0);

	reset(SIZE);
	page.data_head = 0;
	bad("a head behind the tail", 0);

	reset(0);
	put_sample(16, 4);
	ktap_ok(perf_ring_read(&ring, refuse) && ktap_line(ktap_said(), "perf ring"),
		"a record that the reader refuses");
}

/* With random bytes the reader must not crash, and the tail must end up at the head. */
static void test_noise(void)
{
	bool ok = true;

	srandom(1);
	for (int i = 0; i < 20000; i++) {
		reset(random());
		for (int j = 0; j < SIZE; j++)
			data[j] = random() % 4 ? 0 : random();
		for (int j = 0; j < SIZE; j += 8 * (1 + random() % 8)) {
			data[j] = PERF_RECORD_SAMPLE;
			data[j + 6] = 8 * (random() % 8);
		}
		page.data_head += random() % (SIZE + 16);
		perf_ring_read(&ring, take);
		ktap_said();
		ok &= page.data_tail == page.data_head;
	}
	ktap_ok(ok, "20000 rings of random bytes");
}

#define WRITTEN	200000

static uint64_t next;		/* number in the next record to be read */

static int take_number(const void *p, __u32 size)
{
	uint64_t number;

	if (size != 12)
		return -1;
	memcpy(&number, p, sizeof(number));
	return number == next++ ? 0 : -1;
}

/* Writes as the kernel does, if there is room: first the record, and then the head. */
static void *write_numbers(void *unused)
{
	struct {
		struct perf_event_header header;
		uint32_t size;
		uint32_t number[2];
		uint32_t pad;
	} record = { .header = { .type = PERF_RECORD_SAMPLE, .size = 24 }, .size = 12 };
	uint64_t head = 0;

	for (uint64_t i = 0; i < WRITTEN; i++) {
		while (head + sizeof(record) -
		       __atomic_load_n(&page.data_tail, __ATOMIC_ACQUIRE) > SIZE)
			sched_yield();
		memcpy(record.number, &i, sizeof(i));
		for (size_t j = 0; j < sizeof(record); j++)
			data[(head + j) % SIZE] = ((char *)&record)[j];
		head += sizeof(record);
		__atomic_store_n(&page.data_head, head, __ATOMIC_RELEASE);
	}
	return unused;
}

static void test_concurrent(void)
{
	pthread_t writer;
	int err = 0;

	reset(0);
	if (pthread_create(&writer, NULL, write_numbers, NULL))
		abort();
	while (next < WRITTEN && !err)
		err = perf_ring_read(&ring, take_number);
	if (!err)
		pthread_join(writer, NULL);
	ktap_ok(!err && next == WRITTEN, "%d records are read while they are written", WRITTEN);
}

int main(void)
{
	data = malloc(SIZE);
	if (!data)
		abort();
	ktap_begin(20);
	test_good();
	test_bad();
	test_noise();
	test_concurrent();
	free(data);
	return ktap_end();
}
