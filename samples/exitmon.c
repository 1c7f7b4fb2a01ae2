// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon.c - the workload: a known number of tasks that end.
 *
 * Every second task is a process, and the task after it is a thread of that process,
 * which ends first.  Many of the processes live at the same time.  Each task writes its
 * expected record.  The workload does not rely on pthread_join(3), which may return
 * before the thread has reached the tracepoint, but on wait(2), which does not.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "exitmon.h"
#include "report.h"
#include "workload.h"

#define MAX_EVENTS	100000

static struct exitmon_event *done;	/* [MAX_EVENTS], shared with the children */
static unsigned int nr_done;

static int setup(void)
{
	done = mmap(NULL, MAX_EVENTS * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED) {
		perror("exitmon: no memory");
		return -1;
	}
	return 0;
}

/* What a task does before it ends. */
static void *task(void *arg)
{
	struct exitmon_event *event = arg;

	event->pid = getpid();
	event->tid = syscall(SYS_gettid);
	snprintf(event->comm, sizeof(event->comm), "exit-%u", (unsigned int)(event - done) % 7);
	prctl(PR_SET_NAME, event->comm);
	return NULL;
}

static int process(struct exitmon_event *event, bool has_thread)
{
	pthread_t thread;

	if (has_thread && (pthread_create(&thread, NULL, task, event + 1) ||
			   pthread_join(thread, NULL)))
		return 1;
	task(event);
	return 0;
}

static int round_(unsigned int first, unsigned int n)
{
	int err = 0, status;

	for (unsigned int i = first; i < first + n; i += 2) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (!pid)
			_exit(process(&done[i], i + 1 < first + n));
	}
	while (wait(&status) > 0)
		err |= status;
	nr_done = first + n;
	return err ? -1 : 0;
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
		.per_round = 100,	/* even: see round_() */
		.record = sizeof(struct exitmon_event),
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
