// SPDX-License-Identifier: GPL-2.0
/*
 * command.c - finds the file that execvp(3) would execute, and reports how the command
 * ended; see command.h.
 *
 * Only execve(2) knows for certain whether a file can be executed (binfmt_misc may
 * accept any file).  So this refuses only a file that does not exist or may not be
 * executed, and a script whose interpreter does not exist or may not be executed.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "observe.h"
#include "proc_stat.h"

#define HEAD	256	/* the first bytes of a file, at which the kernel looks */

/* 0, or the errno of execve(2). */
static int may_execute(const char *file)
{
	struct stat st;

	if (stat(file, &st))
		return errno;
	/* Even root may not execute a file that has no x bit at all. */
	if (!S_ISREG(st.st_mode) || euidaccess(file, X_OK))
		return EACCES;
	return 0;
}

/* Searches PATH.  After a file that may not be executed, it looks in the next directory. */
static int search(struct command *c, const char *name)
{
	const char *path = getenv("PATH"), *dir, *end;
	int err = ENOENT, now;

	for (dir = path ? path : _PATH_STDPATH;; dir = end + 1) {
		end = strchrnul(dir, ':');
		/* An empty directory is the current one. */
		if (asprintf(&c->file, "%.*s%s%s", (int)(end - dir), dir, end > dir ? "/" : "",
			     name) < 0)
			return ENOMEM;
		now = may_execute(c->file);
		if (!now)
			return 0;
		free(c->file);
		if (now == EACCES)
			err = now;
		if (!*end)
			return err;
	}
}

/* As execvp(3) does: a text without "#!" is executed by the shell. */
static int for_the_shell(struct command *c)
{
	int n = 0;
	char **argv;

	while (c->argv[n])
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (!argv)
		return ENOMEM;
	argv[0] = _PATH_BSHELL;
	argv[1] = c->file;
	memcpy(argv + 2, c->argv + 1, n * sizeof(*argv));
	c->file = _PATH_BSHELL;
	c->argv = argv;
	return may_execute(c->file);
}

static const char *error(int err)
{
	return err ? strerror(err) : NULL;
}

const char *command_find(struct command *c, char **argv)
{
	static const char windows[] =
		"a carriage return follows (the script has the line ends of Windows)";
	static char why[HEAD + 128];
	char head[HEAD + 1], *interpreter;
	bool carriage_return;
	ssize_t n = -1;
	size_t len;
	int err, fd;

	c->argv = argv;
	c->file = argv[0];
	if (!argv[0][0])
		err = ENOENT;
	else
		err = strchr(argv[0], '/') ? may_execute(c->file) : search(c, argv[0]);
	if (err)
		return error(err);
	fd = open(c->file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, head, HEAD);
		close(fd);
	}
	if (n < 0)
		return NULL;	/* a file may be executed although it cannot be read */
	head[n] = '\0';
	if (!strncmp(head, "#!", 2)) {
		interpreter = head + 2 + strspn(head + 2, " \t");
		len = strcspn(interpreter, " \t\n");
		/* The kernel says ENOEXEC if this name is empty, or has no end within HEAD. */
		if (!len || interpreter + len == head + HEAD)
			return error(for_the_shell(c));
		interpreter[len] = '\0';
		err = may_execute(interpreter);
		carriage_return = err && interpreter[len - 1] == '\r';
		if (carriage_return)
			interpreter[len - 1] = '\0';
		snprintf(why, sizeof(why), "its interpreter %s: %s", interpreter,
			 carriage_return ? windows : strerror(err));
		return err ? why : NULL;
	}
	if (!strncmp(head, ELFMAG, SELFMAG) || memchr(head, '\0', n))
		return NULL;
	return error(for_the_shell(c));
}

void command_sleeps(pid_t pid)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	const char *at;
	char line[1024];

	while ((at = proc_stat(pid, line, sizeof(line))) && !strchr("SZX", at[2]))
		nanosleep(&moment, NULL);
}

void command_kill(pid_t pid)
{
	if (!kill(pid, SIGKILL))
		waitpid(pid, NULL, 0);
	else
		observe_warn("cannot end the command, which goes on as process %d: %s", pid,
			     strerror(errno));
}

void command_check(pid_t pid, const char *cgroup)
{
	const char *name = strrchr(cgroup, '/'), *at;
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	f = fopen(path, "re");
	while (f && getline(&line, &room, f) > 0) {
		if (strncmp(line, "0::", 3))
			continue;
		at = strstr(line, name);
		/* The line may end with "(deleted)". */
		if (!at || !strchr("/ \n", at[strlen(name)]))
			observe_warn("the command has left its cgroup %s; what it did from then on was not observed",
				     cgroup);
	}
	free(line);
	if (f)
		fclose(f);
}

bool command_ended(int status)
{
	if (WIFSIGNALED(status))
		observe_warn("the command was ended by signal %d (%s)", WTERMSIG(status),
			     strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		observe_warn("the command exited with status %d", WEXITSTATUS(status));
	/* A shell, and the held child, exit with these if a command cannot be run. */
	return !WIFEXITED(status) || (WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127);
}
