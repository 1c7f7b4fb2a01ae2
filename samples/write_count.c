// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.c - the workload: short-lived processes, each with two threads
 * that write at the same moment on two CPUs.
 *
 * A careless BPF program gets that moment wrong: both threads make the first call of
 * their process, so two CPUs make the same map entry; and every later call of one thread
 * may fall between the load and the store of the other.  Each process makes a different
 * number of calls, so that errors cannot cancel out.  Some calls fail, some write less
 * than they were given, and writev and pwrite do not count.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "report.h"
#include "workload.h"
#include "write_count.h"

#define THREADS		2
#define FEWEST		8	/* events of a process; the next process does one more, */
#define MOST		27	/* up to this number, and then it begins again */
#define MAX_EVENTS	30000	/* fewer than 2,000 processes, half of what a map takes */
#define PAGE		4096

/* What one thread did. */
struct done {
	__u64 calls, bytes, largest;
};

/* What one process did, in memory that the forked processes share. */
struct process {
	__u32 pid;
	struct done done;
};

struct job {
	unsigned int me, first, n;	/* the events of the process */
	int err;
	struct done done;
};

static struct process *processes;	/* [WRITE_COUNT_MAX_PROCESSES] */
static unsigned int nr_processes;
static char buffer[4 * PAGE];
static int null_fd;
static unsigned int gate;	/* how many threads are ready */

/* Makes one write(2), which must return @want. */
static int write_one(struct job *job, int fd, size_t size, long want)
{
	long ret = syscall(SYS_write, fd, buffer, size);

	job->done.calls++;
	if (ret > 0)
		job->done.bytes += ret;
	if (ret > 0 && job->done.largest < (__u64)ret)
		job->done.largest = ret;
	return ret != want;
}

/* A write that is too large for a pipe of one page: it writes only that page. */
static int write_short(struct job *job)
{
	int fds[2], room, err = 1;

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC))
		return 1;
	room = fcntl(fds[1], F_SETPIPE_SZ, PAGE);
	if (room > 0 && room < (int)sizeof(buffer))
		err = write_one(job, fds[1], sizeof(buffer), room);
	else	/* this machine has larger pages */
		err = write_one(job, fds[1], PAGE, PAGE);
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int event(struct job *job, unsigned int i)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = 1 };

	switch (i % 16) {
	case 5:
		return write_short(job);
	case 9:
		return write_one(job, null_fd, 0, 0);
	case 12:
		return write_one(job, -1, 1, -1) || writev(null_fd, &iov, 1) != 1 ||
		       pwrite(null_fd, buffer, 1, 0) != 1;
	default:
		return write_one(job, null_fd, 1 + i % 3000, 1 + i % 3000);
	}
}

static void *work(void *arg)
{
	struct job *job = arg;
	long largest = 3 * PAGE + (job->first + job->me) % PAGE;
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(job->me % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);

	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < THREADS)
		sched_yield();
	/* Both threads begin with their largest write, so that no later one hides a loss. */
	if (job->me < job->n)
		job->err |= write_one(job, null_fd, largest, largest);
	for (unsigned int i = job->me + THREADS; i < job->n; i += THREADS)
		job->err |= event(job, job->first + i);
	return NULL;
}

static void process(struct process *p, unsigned int first, unsigned int n)
{
	struct job jobs[THREADS] = { 0 };
	pthread_t thread;

	for (unsigned int t = 0; t < THREADS; t++) {
		jobs[t].me = t;
		jobs[t].first = first;
		jobs[t].n = n;
	}
	if (pthread_create(&thread, NULL, work, &jobs[1]))
		_exit(1);
	work(&jobs[0]);
	pthread_join(thread, NULL);

	p->pid = getpid();
	for (unsigned int t = 0; t < THREADS; t++) {
		p->done.calls += jobs[t].done.calls;
		p->done.bytes += jobs[t].done.bytes;
		if (p->done.largest < jobs[t].done.largest)
			p->done.largest = jobs[t].done.largest;
	}
	_exit(jobs[0].err || jobs[1].err);
}

static int setup(void)
{
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	processes = mmap(NULL, WRITE_COUNT_MAX_PROCESSES * sizeof(*processes),
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (null_fd < 0 || processes == MAP_FAILED) {
		perror("write_count: cannot open /dev/null or get memory");
		return -1;
	}
	return 0;
}

static int round_(unsigned int first, unsigned int n)
{
	unsigned int last = first + n, share;
	int status;

	for (; first < last; first += share) {
		pid_t pid;

		share = FEWEST + nr_processes % (MOST - FEWEST + 1);
		if (share > last - first)
			share = last - first;
		pid = fork();
		if (pid < 0)
			return -1;
		if (!pid)
			process(&processes[nr_processes], first, share);
		if (waitpid(pid, &status, 0) != pid || status) {
			fprintf(stderr, "write_count: a write did not do what it should\n");
			return -1;
		}
		nr_processes++;
	}
	return 0;
}

static void print_expected(void)
{
	for (unsigned int i = 0; i < nr_processes; i++) {
		struct done sum = { 0 };

		if (!processes[i].done.calls)
			continue;
		/* Variants cannot tell two processes apart that had the same pid. */
		for (unsigned int j = i; j < nr_processes; j++) {
			struct done *done = &processes[j].done;

			if (processes[j].pid != processes[i].pid)
				continue;
			sum.calls += done->calls;
			sum.bytes += done->bytes;
			if (sum.largest < done->largest)
				sum.largest = done->largest;
			done->calls = 0;
		}
		if (getenv("WRITE_COUNT_LARGEST"))
			report("process",
			       DEC("calls", sum.calls),
			       BYTES("bytes", sum.bytes),
			       DEC("pid", processes[i].pid),
			       BYTES("largest", sum.largest));
		else
			report("process",
			       DEC("calls", sum.calls),
			       BYTES("bytes", sum.bytes),
			       DEC("pid", processes[i].pid));
	}
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Short-lived processes call write(2) from two threads at once, on two CPUs.",
		.events = 2000,
		.most = MAX_EVENTS,
		.per_round = 500,
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
