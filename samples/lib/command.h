/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command.h - finds the file of COMMAND before it is executed, and reports its end.
 *
 * execvp(3) tries execve(2) in each directory of PATH, and executes /bin/sh for a script
 * that does not begin with "#!".  In a child that is observed these calls would be
 * counted, and a command that does not exist would be found out too late.
 */
#ifndef SAMPLES_LIB_COMMAND_H
#define SAMPLES_LIB_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct command {
	char *file;	/* for execve(2), with @argv */
	char **argv;
};

/*
 * Finds @argv[0].  Returns NULL, or why it cannot be executed.  The memory of @command
 * is never freed.
 */
const char *command_find(struct command *command, char **argv);

/*
 * Returns once the child @pid sleeps or has ended.  The child has said before that its
 * next system call is the one that holds it, so it sleeps in that call.  A program
 * that is attached earlier would count that call.
 */
void command_sleeps(pid_t pid);

/*
 * Kills the child @pid and waits for its end.  If the child may not be killed (it may
 * have other user ids now), warns that it goes on.
 */
void command_kill(pid_t pid);

/*
 * Warns if the command is no longer below @cgroup, an absolute path.  To be called
 * before waitpid(2): until then /proc shows the last cgroup of a command that has ended.
 */
void command_check(pid_t pid, const char *cgroup);

/*
 * Warns if the command did not exit with status 0; @status is that of waitpid(2).
 * Returns false if it could not be run.
 */
bool command_ended(int status);

#endif
