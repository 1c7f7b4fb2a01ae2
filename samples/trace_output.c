// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output.c - the workload: a known number of write(2) calls from several
 * processes and threads, on every CPU.
 *
 * Each thread makes a different number of calls, so that one record too few and one too
 * many cannot cancel out.  Some calls fail, and these count.  Some are writev, pwrite and
 * 32-bit writes, and these do not count.  (On arm64 32-bit writes would: see trace_output.h.)
 * One process is in a cgroup below the observed one; and another, in one beside it, does the
 * same, and is not observed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "report.h"
#include "trace_output.h"
#include "workload.h"

#define PROCESSES	2
#define OUTSIDER	PROCESSES	/* one more, which nobody may see */
#define THREADS		3		/* of each process */
#define WORKERS		(PROCESSES * THREADS)
#define SHARES		21		/* 1 + 2 + ... + WORKERS */
#define MAX_EVENTS	1000000
#define PER_ROUND	400
#define MAX_ROUNDS	(MAX_EVENTS / 2)	/* with the smallest rings; see workload.c */

/* What one thread did, in memory that the forked processes share. */
struct done {
	__u32 pid, tid;
	__u32 writes;
};

static struct done (*done)[WORKERS];	/* [MAX_ROUNDS] */
static unsigned int rounds;
static int null_fd;
static char *low;			/* a byte that 32-bit calls can point to */

struct job {
	unsigned int worker, writes;
	struct done *done;
	int err;
};

/* Worker 0 does one share of the events, worker 1 two, ... */
static unsigned int worker_of(unsigned int event)
{
	unsigned int share = event % SHARES, worker = 0;

	while (share > worker)
		share -= ++worker;
	return worker;
}

static void *work(void *arg)
{
	struct job *job = arg;
	struct iovec iov = { .iov_base = "", .iov_len = 1 };
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(job->worker % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (unsigned int i = 0; i < job->writes; i++) {
		if (i % 8 == 7) {
			job->err |= syscall(SYS_write, -1, "", 1) != -1;
			job->err |= writev(null_fd, &iov, 1) != 1;
			/*
			 * Two pwrite calls, so that counting these and missing the failing
			 * write does not give the right total.
			 */
			job->err |= pwrite(null_fd, "", 1, 0) != 1;
			job->err |= pwrite(null_fd, "", 1, 0) != 1;
#ifndef __aarch64__
			workload_call32(WORKLOAD32_WRITE, null_fd, (long)low, 1);
#endif
		} else {
			job->err |= syscall(SYS_write, null_fd, "", 1) != 1;
		}
	}
	job->done->pid = workload_pid();
	job->done->tid = workload_tid();
	job->done->writes = job->writes;
	return NULL;
}

static int process(struct job *jobs)
{
	pthread_t threads[THREADS];
	int err = 0;

	/* The last job is done by the main thread: its tid is the pid. */
	for (int t = 0; t < THREADS - 1; t++)
		if (pthread_create(&threads[t], NULL, work, &jobs[t]))
			return 1;
	work(&jobs[THREADS - 1]);
	for (int t = 0; t < THREADS - 1; t++)
		pthread_join(threads[t], NULL);
	for (int t = 0; t < THREADS; t++)
		err |= jobs[t].err;
	return err;
}

static int setup(void)
{
#ifdef __aarch64__
	workload_not_made("32-bit writes: they run the same function, and are not told apart");
#endif
	low = workload_memory32(1);
	if (!low || workload_cgroups())
		return -1;
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	done = mmap(NULL, MAX_ROUNDS * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (null_fd < 0 || done == MAP_FAILED) {
		perror("trace_output: cannot open /dev/null or get memory");
		return -1;
	}
	return 0;
}

static int round_(unsigned int first, unsigned int n)
{
	static const enum workload_place places[] = {
		WORKLOAD_HERE, WORKLOAD_BELOW, [OUTSIDER] = WORKLOAD_BESIDE
	};
	static struct done nobody;
	struct job jobs[WORKERS + THREADS] = { 0 };
	int err = 0, status;

	for (unsigned int w = 0; w < WORKERS; w++) {
		jobs[w].worker = w;
		jobs[w].done = &done[rounds][w];
	}
	for (unsigned int i = first; i < first + n; i++)
		jobs[worker_of(i)].writes++;
	for (int t = 0; t < THREADS; t++)
		jobs[WORKERS + t] = (struct job){ .worker = t, .writes = 9 + t, .done = &nobody };
	for (int p = 0; p <= OUTSIDER; p++) {
		pid_t pid = workload_fork(places[p]);

		if (pid < 0)
			return -1;
		if (!pid)
			_exit(process(&jobs[p * THREADS]));
	}
	for (int p = 0; p <= OUTSIDER; p++)
		if (wait(&status) < 0 || status)
			err = -1;
	rounds++;
	return err;
}

static void print_expected(void)
{
	for (unsigned int r = 0; r < rounds; r++)
		for (int w = 0; w < WORKERS; w++)
			for (unsigned int i = 0; i < done[r][w].writes; i++)
				report("write",
				       DEC("pid", done[r][w].pid),
				       DEC("tid", done[r][w].tid),
				       HEX("cookie", TRACE_OUTPUT_COOKIE));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Calls write(2) from several processes and threads on every CPU.",
		.events = 2000,
		.most = MAX_EVENTS,
		.per_round = PER_ROUND,
		.storm = 6000,
		.record = sizeof(struct trace_output_event),
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
