// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon.c - the workload: a known number of tasks that end.
 *
 * Every second task is a process, and the task after it is a thread of that process.  The
 * thread ends first, or together with the process, which exits or is killed.  Many of the
 * processes live at the same time, some of them in a cgroup below the observed one and in a
 * pid namespace of their own; and in one beside it others, with the same names, do the same.
 * Each task writes its expected record.  The workload does not rely on pthread_join(3), which
 * may return before the thread has reached the tracepoint, but on wait(2), which does not.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "exitmon.h"
#include "report.h"
#include "workload.h"

#define MAX_EVENTS	100000
#define OUTSIDERS	30	/* tasks that are not observed, in each round */

static struct exitmon_event *done;	/* [MAX_EVENTS], shared with the children */
static unsigned int nr_done;
static int outside = -1;		/* a socket to the process that starts the outsiders */

/* What a task does before it ends. */
static void *task(void *arg)
{
	struct exitmon_event *event = arg;

	event->pid = workload_pid();
	event->tid = workload_tid();
	/* A name of one to fifteen bytes, of any kind. */
	snprintf(event->comm, 2 + (event - done) % 15, "e x\\it\n%%s\xff-name");
	prctl(PR_SET_NAME, event->comm);
	return NULL;
}

static pthread_barrier_t named;	/* of a process and its thread, if that stays */

static void *task_that_stays(void *arg)
{
	task(arg);
	pthread_barrier_wait(&named);
	pause();
	return NULL;
}

/* A process, and its thread, which ends before it, or stays until the process ends. */
static void __attribute__((noreturn))
process(struct exitmon_event *event, bool has_thread, bool stays, bool is_killed)
{
	pthread_t thread;

	pthread_barrier_init(&named, NULL, 2);
	if (has_thread && pthread_create(&thread, NULL, stays ? task_that_stays : task, event + 1))
		_exit(1);
	if (has_thread && stays)
		pthread_barrier_wait(&named);
	else if (has_thread)
		pthread_join(thread, NULL);
	task(event);
	if (is_killed)
		kill(getpid(), SIGKILL);
	_exit(0);
}

/* Starts n tasks in two cgroups, and waits for them. */
static int tasks(struct exitmon_event *first, unsigned int n, enum workload_place most,
		 enum workload_place others)
{
	int err = 0, status;

	for (unsigned int i = 0; i < n; i += 2) {
		unsigned int kind = i / 2;
		pid_t pid = workload_fork(kind % 4 == 1 ? others : most);

		if (pid < 0)
			return -1;
		if (!pid)
			process(first + i, i + 1 < n, kind % 3 > 0, kind % 3 > 1);
	}
	for (unsigned int i = 0; i < n; i += 2)
		if (wait(&status) < 0 || (status && status != SIGKILL))
			err = -1;
	return err;
}

/* A process of which nothing is observed: for each byte that it gets, it starts outsiders. */
static void __attribute__((noreturn)) outsiders(int fd)
{
	char failed;

	while (recv(fd, &failed, 1, 0) == 1) {
		failed = tasks(done + MAX_EVENTS, OUTSIDERS, WORKLOAD_BESIDE, WORKLOAD_BESIDE) < 0;
		send(fd, &failed, 1, MSG_NOSIGNAL);
	}
	_exit(0);
}

static int setup(void)
{
	pid_t pid = -1;
	int pair[2];

	if (workload_cgroups())
		return -1;
	done = mmap(NULL, (MAX_EVENTS + OUTSIDERS) * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done != MAP_FAILED && !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		pid = workload_fork(WORKLOAD_BESIDE);
	if (pid < 0) {
		perror("exitmon: no memory, or no process");
		return -1;
	}
	if (!pid) {
		close(pair[0]);
		outsiders(pair[1]);
	}
	close(pair[1]);
	outside = pair[0];
	return 0;
}

static int round_(unsigned int first, unsigned int n)
{
	char failed = 1;
	int err;

	send(outside, "", 1, MSG_NOSIGNAL);
	err = tasks(&done[first], n, WORKLOAD_HERE, WORKLOAD_BELOW);
	recv(outside, &failed, 1, 0);
	nr_done = first + n;
	return err || failed ? -1 : 0;
}

static void cleanup(void)
{
	if (outside >= 0 && !close(outside))
		wait(NULL);
}

static void print_expected(void)
{
	for (unsigned int i = 0; i < nr_done; i++)
		report("exit",
		       DEC("pid", done[i].pid),
		       DEC("tid", done[i].tid),
		       STR("comm", done[i].comm, sizeof(done[i].comm)));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Starts processes and threads that end at once.",
		.events = 400,
		.most = MAX_EVENTS,
		.per_round = 100,	/* even: see tasks() */
		.storm = 300,
		.record = sizeof(struct exitmon_event),
		.setup = setup,
		.round = round_,
		.expected = print_expected,
		.cleanup = cleanup,
	};

	return workload_main(argc, argv, &workload);
}
