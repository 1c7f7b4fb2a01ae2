// SPDX-License-Identifier: GPL-2.0
/* inherit.c - the descriptors and signals that the parent has left; see inherit.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "inherit.h"

static const struct {
	int signal;
	void (*handler)(int signal);
} needed[] = {
	{ SIGCHLD, SIG_DFL },
	{ SIGPIPE, SIG_IGN },
	{ SIGXFSZ, SIG_IGN },
};

#define NEEDED	(sizeof(needed) / sizeof(needed[0]))

static struct sigaction before[NEEDED];
static sigset_t blocked;

bool inherit_init(void)
{
	bool closed[3];

	for (int fd = 0; fd < 3; fd++) {
		closed[fd] = fcntl(fd, F_GETFD) < 0;
		/* open(2) returns the lowest free descriptor, which is the missing one. */
		if (closed[fd] && open("/dev/null", O_RDWR) != fd) {
			fprintf(stderr, "%s: descriptor %d is closed, and /dev/null: %s\n",
				program_invocation_short_name, fd, strerror(errno));
			_exit(1);
		}
	}
	for (unsigned int i = 0; i < NEEDED; i++) {
		struct sigaction action = { .sa_handler = needed[i].handler };

		sigaction(needed[i].signal, &action, &before[i]);
	}
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	return !closed[STDOUT_FILENO];
}

void inherit_block(sigset_t *set)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action;

	sigemptyset(set);
	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!sigismember(&blocked, ends[i]) && !sigaction(ends[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(set, ends[i]);
	sigprocmask(SIG_BLOCK, set, NULL);
}

void inherit_restore(void)
{
	for (unsigned int i = 0; i < NEEDED; i++)
		sigaction(needed[i].signal, &before[i], NULL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}
