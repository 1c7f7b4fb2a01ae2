// SPDX-License-Identifier: GPL-2.0
/*
 * test_cgroup - races between processes that make and sweep cgroups (samples/lib/cgroup.c).
 *
 *	test_cgroup make N	makes N cgroups, and fails if one is swept while it is locked
 *	test_cgroup dying	leaves a cgroup whose owner is dead, and whose lock is held by
 *				a child of the owner until 200 ms after somebody has looked
 *	test_cgroup guard N	kills N owners at different moments, and fails if a cgroup
 *				is left
 *	test_cgroup sweep [MS]	sweeps until it is killed, every MS milliseconds
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"

static char *room;

static int make(int n)
{
	struct stat st;
	int lock;

	for (int i = 0; i < n; i++) {
		lock = cgroup_make(room);
		if (lock < 0) {
			perror("test_cgroup: cannot make a cgroup");
			return 1;
		}
		/* A sweep that saw the cgroup before it was locked has ended by now. */
		cgroup_sweep();
		if (stat(room, &st)) {
			fprintf(stderr, "test_cgroup: %s was swept while it was locked\n", room);
			return 1;
		}
		cgroup_remove(room);
		close(lock);
	}
	return 0;
}

static int guard(int n)
{
	struct timespec moment = { 0 };
	struct stat st;
	pid_t owner;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < n; i++) {
		room[0] = 0;
		owner = fork();
		if (!owner) {
			if (cgroup_guard(getpid(), room) < 0 || cgroup_make(room) < 0)
				_exit(1);
			for (;;)
				pause();
		}
		moment.tv_nsec = i * 2000000LL / n;
		nanosleep(&moment, NULL);
		kill(owner, SIGKILL);
		while (wait(NULL) > 0)
			;		/* as a subreaper, this waits for the guard, too */
		if (room[0] && !stat(room, &st)) {
			fprintf(stderr, "test_cgroup: %s is left\n", room);
			return 1;
		}
	}
	return 0;
}

static int dying(void)
{
	const struct timespec moment = { .tv_nsec = 200000000 };
	struct pollfd looks = { .events = POLLIN };
	pid_t owner = fork();

	if (!owner) {
		if (cgroup_make(room) < 0)
			_exit(1);
		if (fork())
			for (;;)
				pause();
		looks.fd = inotify_init1(IN_CLOEXEC);
		inotify_add_watch(looks.fd, room, IN_OPEN);
		kill(getppid(), SIGKILL);
		poll(&looks, 1, 60000);
		nanosleep(&moment, NULL);
		_exit(0);
	}
	waitpid(owner, NULL, 0);
	return puts(room) < 0;
}

int main(int argc, char **argv)
{
	room = cgroup_room();
	if (!room || argc < 2)
		return 1;
	if (!strcmp(argv[1], "sweep"))
		for (;; usleep(argc > 2 ? atoi(argv[2]) * 1000 : 0))
			cgroup_sweep();
	if (!strcmp(argv[1], "dying"))
		return dying();
	if (argc < 3)
		return 1;
	return argv[1][0] == 'm' ? make(atoi(argv[2])) : guard(atoi(argv[2]));
}
