/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command.h - what execvp(3) would execute, found beforehand.
 *
 * execvp() tries execve(2) in each directory of PATH, and /bin/sh with a script that
 * does not begin with "#!".  In a child that is observed these calls would be
 * counted, and that there is no such command would be known too late.
 */
#ifndef SAMPLES_LIB_COMMAND_H
#define SAMPLES_LIB_COMMAND_H

struct command {
	char *file;	/* for execve(2), with @argv */
	char **argv;
};

/*
 * Finds @argv[0].  Returns NULL, or why it cannot be executed.  What it finds is for the
 * life of the process.
 */
const char *command_find(struct command *command, char **argv);

#endif
