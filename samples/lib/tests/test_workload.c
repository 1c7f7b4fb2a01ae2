// SPDX-License-Identifier: GPL-2.0
/*
 * test_workload.c - what samples/lib/workload.c offers to workloads: children in another
 * cgroup from their first instruction on, and 32-bit system calls.
 *
 * The workload of this test stays in its three cgroups until it is killed with them.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "ktap.h"
#include "workload.h"

static char before[PATH_MAX];		/* the cgroup, without a runner */
static char *room;			/* of the runner; "" without one */

static void own_cgroup(char *path)
{
	char line[PATH_MAX] = "";
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f) && strncmp(line, "0::", 3))
		;
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = '\0';
	strcpy(path, line);
}

/* Is a child there as soon as it runs?  It tells, and then waits for its end. */
static bool child_is_in(enum workload_place place, const char *expected)
{
	char path[PATH_MAX];
	bool right = false;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return false;
	pid = workload_fork(place);
	if (!pid) {
		own_cgroup(path);
		right = room[0] ? strstr(path, expected) &&
				  !strcmp(strstr(path, expected), expected) :
				  !strcmp(path, before);
		if (write(fds[1], &right, sizeof(right)) != sizeof(right))
			_exit(1);
		if (room[0])
			pause();
		_exit(0);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], &right, sizeof(right)) != sizeof(right))
		right = false;
	return right && (room[0] || waitpid(pid, NULL, 0) == pid);
}

static int round_(unsigned int first, unsigned int n)
{
	char *memory = workload_memory32(4096);
	int fds[2] = { -1, -1 };
	char byte = 0;

	(void)first;
	(void)n;
	ktap_ok(child_is_in(WORKLOAD_HERE, "/observed"), "a child in the same cgroup");
	ktap_ok(child_is_in(WORKLOAD_BELOW, "/observed/below"), "a child in the one below");
	ktap_ok(child_is_in(WORKLOAD_BESIDE, "/beside"), "a child in the one beside");
	if (!workload_has_call32()) {
		ktap_ok(true, "a 32-bit call, with memory # SKIP this kernel has none");
	} else {
		if (memory && !pipe2(fds, O_NONBLOCK)) {
			memory[0] = 'x';
			workload_call32(WORKLOAD32_WRITE, fds[1], (long)memory, 1);
		}
		ktap_ok(read(fds[0], &byte, 1) == 1 && byte == 'x', "a 32-bit call, with memory");
	}
	fflush(stdout);
	return 0;
}

static void expected(void)
{
}

/* A workload with and without a runner, in a process of its own, which adds to the results. */
static void work(bool with_runner)
{
	static const struct workload workload = {
		.about = "Tests.",
		.events = 1,
		.per_round = 1,
		.setup = workload_cgroups,
		.round = round_,
		.expected = expected,
	};
	char option[PATH_MAX + 32], *argv[] = { "workload", option, NULL };
	int status;
	pid_t pid;

	own_cgroup(before);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		sprintf(option, "--cgroup=%s/observed", room);
		status = workload_main(with_runner ? 2 : 1, argv, &workload);
		fflush(stdout);
		_exit(status || ktap_failures);
	}
	waitpid(pid, &status, 0);
	ktap_results += 4;
	ktap_ok(!status, "the workload, with%s a runner", with_runner ? "" : "out");
	fputs(ktap_said(), stdout);
}

int main(void)
{
	char path[PATH_MAX];
	int lock;

	ktap_begin(11);
	room = cgroup_room();
	work(false);
	lock = cgroup_make(room);
	sprintf(path, "%s/observed", room);
	if (lock < 0 || mkdir(path, 0755)) {
		for (int i = 0; i < 6; i++)
			ktap_ok(true, "cgroups # SKIP cannot make one");
		return ktap_end();
	}
	work(true);
	ktap_ok(!cgroup_remove(room) && access(room, F_OK),
		"the cgroups are removed with the tasks in them");
	return ktap_end();
}
