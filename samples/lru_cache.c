// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache.c - the workload: a few descriptors that are written to all the time,
 * among thousands that are written to once.
 *
 * Two threads on two CPUs share the few, the hot descriptors.  Every fourth call of a
 * thread goes to one of them, so that at most a dozen other descriptors come before the
 * same one is used again.  Only this number matters, not time: if one thread does not
 * run, the other one goes on using the same hot descriptors.  The thousands are
 * descriptors that are not open: the calls fail, but they are calls, too.
 *
 * An LRU map evicts before it is full, as each CPU keeps free entries, and a map that
 * refuses may take one entry more.  So the number of descriptors is never close to the
 * limit of the map, but far below it or above it: only then the expected result is
 * certain.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/types.h>

#include "report.h"
#include "lru_cache.h"
#include "workload.h"

#define THREADS		2
#define HOT		4		/* descriptors in constant use */
#define FIRST_COLD	(1 << 20)	/* more than a process may have open */
#define FEW_COLD	(LRU_CACHE_LIMIT / 2)
#define PER_ROUND	2000		/* three quarters of it are more than the limit */

struct job {
	unsigned int me, first, n;
	int err;
	struct lru_cache_count done[HOT];
};

static int hot[HOT];
static char buffer[4096];
static struct lru_cache_count done[HOT];
static unsigned int calls, cold;
static unsigned int cold_fds = FIRST_COLD;	/* then they are used again */

static void *work(void *arg)
{
	struct job *job = arg;
	unsigned int nth = 0;
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(job->me % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (unsigned int i = job->first + job->me; i < job->first + job->n; i += THREADS) {
		unsigned int h = nth / 4 % HOT;
		long size = 1 + i % sizeof(buffer);

		if (nth++ % 4) {
			job->err |= syscall(SYS_write, FIRST_COLD + i % cold_fds, buffer,
					    size) != -1;
			continue;
		}
		job->err |= syscall(SYS_write, hot[h], buffer, size) != size;
		job->done[h].calls++;
		job->done[h].asked += size;
	}
	return NULL;
}

static int setup(void)
{
	for (int h = 0; h < HOT; h++) {
		hot[h] = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (hot[h] < 0) {
			perror("lru_cache: cannot open /dev/null");
			return -1;
		}
	}
	return 0;
}

static int round_(unsigned int first, unsigned int n)
{
	struct job jobs[THREADS] = { 0 };
	pthread_t threads[THREADS];
	unsigned int used = 0;
	int err = 0;

	/* If the only round would come close to the limit, use only a few cold ones. */
	if (!first && n * 3 / 4 > FEW_COLD && n * 3 / 4 <= LRU_CACHE_LIMIT)
		cold_fds = FEW_COLD;
	for (unsigned int t = 0; t < THREADS; t++) {
		jobs[t].me = t;
		jobs[t].first = first;
		jobs[t].n = n;
		if (pthread_create(&threads[t], NULL, work, &jobs[t]))
			return -1;
	}
	for (unsigned int t = 0; t < THREADS; t++) {
		pthread_join(threads[t], NULL);
		err |= jobs[t].err;
		for (int h = 0; h < HOT; h++) {
			used += jobs[t].done[h].calls;
			done[h].calls += jobs[t].done[h].calls;
			done[h].asked += jobs[t].done[h].asked;
		}
	}
	calls += n;
	cold += n - used;
	if (err)
		fprintf(stderr, "lru_cache: a write did not do what it should\n");
	return err ? -1 : 0;
}

static void print_expected(void)
{
	for (int h = 0; h < HOT; h++)
		if (done[h].calls >= LRU_CACHE_HOT)
			report("hot",
			       DEC("calls", done[h].calls),
			       BYTES("asked", done[h].asked),
			       DEC("pid", getpid()),
			       DEC("fd", hot[h]));
	report("cache",
	       DEC("writes", calls),
	       DEC("limit", LRU_CACHE_LIMIT),
	       DEC("within_limit", 1),
	       DEC("overflowed", (cold < cold_fds ? cold : cold_fds) + HOT > LRU_CACHE_LIMIT));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Writes to four descriptors all the time, and to thousands once.",
		.events = 8000,
		.per_round = PER_ROUND,
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
