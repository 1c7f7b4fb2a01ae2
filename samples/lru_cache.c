// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache.c - the workload: a few descriptors that are written to all the time,
 * among thousands that are written to once.
 *
 * Two threads on two CPUs share the few.  Every fourth call of a thread goes to one of
 * them, in turn, so that at most 150 other descriptors come before the same one is used
 * again.  Only this number matters, not time: if one thread does not run, the other one
 * goes on using the same descriptors.  The thousands are descriptors that are not open:
 * the calls fail, but they are calls, too.
 *
 * Four of the few are in use from the beginning: the hot ones.  In each of the later rounds
 * some more come, when the map has been full for long: these stay warm.  Both threads make
 * the first call to each of them at the same moment, and in the first round also those to some
 * other descriptors.
 *
 * An LRU map evicts before it is full, as each CPU keeps free entries, and a map that
 * refuses may take one entry more.  So the number of descriptors is never close to the
 * limit of the map, but far below it or above it: only then the expected result is
 * certain.  In the first round there is room for all; the next one brings more than the limit.
 *
 * In each round one process below the observed cgroup, and one beside it, write to
 * descriptors with the same numbers.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "report.h"
#include "lru_cache.h"
#include "workload.h"

#define THREADS		2
#define HOT		4		/* descriptors in constant use */
#define WARM		24		/* the same, but the map is full when they come */
#define NEW_WARM	12		/* so many of them in a round */
#define FEW		(HOT + WARM)
#define FIRST_COLD	(1 << 20)	/* more than a process may have open */
#define FEW_COLD	(LRU_CACHE_LIMIT / 2)
#define RACES		48		/* calls of the first round made by both at once */
#define PER_ROUND	2000		/* three quarters of it are more than the limit */
#define BELOW		3		/* calls of another process in a round */

struct job {
	unsigned int me, first, n;
	unsigned int known, fresh;	/* of the few, some are known and some are new */
	unsigned int races;		/* so many first calls are for what the other thread uses */
	int err;
	struct lru_cache_count done[FEW];
};

static __u32 few[FEW];		/* the hot and the warm descriptors */
static unsigned int nr_few;	/* how many of them are in use */
static char buffer[4096];
static void *low;		/* for 32-bit calls */
static struct lru_cache_count done[FEW];
static unsigned int calls, met;
static unsigned int cold_fds = FEW_COLD;	/* then they are used again */

/* Waits for the other thread. */
static void meet(unsigned int times)
{
	__atomic_add_fetch(&met, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&met, __ATOMIC_SEQ_CST) < THREADS * times)
		sched_yield();
}

static int is_open(unsigned int which)
{
	return which < HOT / 2;
}

/* To which of the few does the @nth call of a thread go?  FEW: to none of them. */
static unsigned int which_of_few(unsigned int nth)
{
	unsigned int turn = nth / 8;

	if (nth % 4)
		return FEW;
	return nth % 8 || nr_few == HOT ? turn % HOT : HOT + turn % (nr_few - HOT);
}

static void *work(void *arg)
{
	struct job *job = arg;
	unsigned int nth = 0, which, fd;
	cpu_set_t cpus;
	long size;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(job->me % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (unsigned int i = job->first + job->me; i < job->first + job->n; i += THREADS, nth++) {
		size = 1 + i % sizeof(buffer);
		which = nth < job->fresh ? job->known + nth : which_of_few(nth);
		fd = i;
		if (nth < job->races) {
			fd -= job->me;
			meet(nth + 1);
		}
		/* If others are used in one small round after another, they get warm. */
		if (which == FEW && job->first && cold_fds == FEW_COLD)
			which = nth % HOT;
		if (which == FEW) {
			job->err |= syscall(SYS_write, FIRST_COLD + fd % cold_fds, buffer,
					    size) != -1;
			continue;
		}
		/* More bytes than a number of 32 bits can have; nothing reads them. */
		if (!is_open(which))
			size += 1L << 33;
		job->err |= syscall(SYS_write, few[which], buffer, size) !=
			    (is_open(which) ? size : -1);
		job->done[which].calls++;
		job->done[which].asked += size;
	}
	return NULL;
}

/* Another process: its descriptors have the same numbers, but are others. */
static void other_process(unsigned int n)
{
	while (n--)
		syscall(SYS_write, few[n % FEW], buffer, 1);
	/* On x86 the number of write(2) is that of the 32-bit exit(2). */
	workload_call32(WORKLOAD32_WRITE, few[0], (long)low, 1);
	workload_call32(SYS_write, 0, 0, 0);
	_exit(0);
}

static int setup(void)
{
	for (int i = 0; i < FEW; i++) {
		few[i] = 0xfedc0000 - i * 0x01010101;	/* all bytes of a number count */
		if (!is_open(i))
			continue;
		few[i] = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if ((int)few[i] < 0) {
			perror("lru_cache: cannot open /dev/null");
			return -1;
		}
	}
	low = workload_memory32(1);
	return low ? workload_cgroups() : -1;
}

static int round_(unsigned int first, unsigned int n)
{
	bool full = cold_fds > FEW_COLD;	/* it has been, for a round */
	unsigned int known = nr_few, fresh = !first ? HOT : full && known < FEW ? NEW_WARM : 0;
	unsigned int share = n / THREADS, races = first ? fresh : RACES;
	pid_t below = workload_fork(WORKLOAD_BELOW), beside;
	struct job jobs[THREADS] = { 0 };
	pthread_t threads[THREADS];
	int err = 0, status;

	if (!below)
		other_process(BELOW);
	beside = workload_fork(WORKLOAD_BESIDE);
	if (!beside)
		other_process(100);

	/* A small round would only come close to the limit. */
	if (first && n * 3 / 4 > LRU_CACHE_LIMIT)
		cold_fds = FIRST_COLD;
	nr_few += fresh;
	met = 0;
	for (unsigned int t = 0; t < THREADS; t++) {
		jobs[t].me = t;
		jobs[t].first = first;
		jobs[t].n = n;
		jobs[t].known = known;
		jobs[t].fresh = fresh < share ? fresh : share;
		jobs[t].races = races < share ? races : share;
		if (pthread_create(&threads[t], NULL, work, &jobs[t]))
			return -1;
	}
	for (unsigned int t = 0; t < THREADS; t++) {
		pthread_join(threads[t], NULL);
		err |= jobs[t].err;
		for (int i = 0; i < FEW; i++) {
			done[i].calls += jobs[t].done[i].calls;
			done[i].asked += jobs[t].done[i].asked;
		}
	}
	err |= waitpid(below, &status, 0) != below || status;
	err |= waitpid(beside, &status, 0) != beside || status;
	calls += n + BELOW;
	if (err)
		fprintf(stderr, "lru_cache: a write did not do what it should\n");
	return err ? -1 : 0;
}

static void print_expected(void)
{
	struct lru_cache_count sum = {};
	unsigned int warm = 0;

	for (int i = 0; i < FEW; i++) {
		if (lru_cache_has_share(done[i].calls, calls, LRU_CACHE_HOT)) {
			report("hot",
			       DEC("calls", done[i].calls),
			       BYTES("asked", done[i].asked),
			       DEC("pid", getpid()),
			       DEC("fd", few[i]));
		} else if (lru_cache_has_share(done[i].calls, calls, LRU_CACHE_WARM)) {
			warm++;
			sum.calls += done[i].calls;
			sum.asked += done[i].asked;
		}
	}
	report("cache",
	       DEC("writes", calls),
	       DEC("limit", LRU_CACHE_LIMIT),
	       DEC("within_limit", 1),
	       DEC("overflowed", cold_fds > FEW_COLD),
	       DEC("warm", warm),
	       DEC("warm_calls", sum.calls),
	       BYTES("warm_asked", sum.asked));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Writes to a few descriptors all the time, and to thousands once.",
		.events = 8000,
		.per_round = PER_ROUND,
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
