/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command.h - COMMAND: what execvp(3) would execute, found beforehand, and its end.
 *
 * execvp() tries execve(2) in each directory of PATH, and /bin/sh with a script that
 * does not begin with "#!".  In a child that is observed these calls would be
 * counted, and that there is no such command would be known too late.
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
 * Finds @argv[0].  Returns NULL, or why it cannot be executed.  What it finds is for the
 * life of the process.
 */
const char *command_find(struct command *command, char **argv);

/*
 * Returns once the child @pid sleeps, or is no more.  What it sleeps in is the call in
 * which it is held, if it has said before that this is the next: whoever attaches a
 * moment earlier would count that call.
 */
void command_sleeps(pid_t pid);

/*
 * Ends the child @pid and waits for its end, whoever it has become; or says that it goes
 * on, as it may not be killed.
 */
void command_kill(pid_t pid);

/*
 * Says so, if the command is no longer below @cgroup, an absolute path.  To be called
 * before it is waited for: until then one that has ended shows the last it was in.
 */
void command_check(pid_t pid, const char *cgroup);

/*
 * Says how the command ended, if it did not end with 0; @status is that of waitpid(2).
 * Returns false if it could not be run.
 */
bool command_ended(int status);

#endif
