/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workload.h - a workload does a known amount of work in rounds, under the
 * control of the runner, and then says what it did: what every variant is expected to have seen.
 *
 *	X.workload [--control=FD] [-n EVENTS]
 *	X.workload --command		can a command do its part?  0, or 4 and why not
 *	X.workload --version		which version of the suite it is
 *
 *	workload -> runner	ready		held, nothing done yet
 *	runner -> workload	go		do one round
 *	workload -> runner	more | end	it is done; there is another or not
 *	runner -> workload	finish		print what was done to stdout, exit 0
 *
 * All of it with send(2) and recv(2), so that no write(2), open or exec comes
 * from the protocol.  Without --control all rounds are done at once.
 * What was done is facts in the form of report.h's records.
 */
#ifndef SAMPLES_LIB_WORKLOAD_H
#define SAMPLES_LIB_WORKLOAD_H

#include <stdbool.h>
#include <stdio.h>

struct workload {
	const char *about;		/* for -h */
	unsigned int events;		/* default of -n */
	unsigned int most;		/* that it can do; 0: a million */
	unsigned int per_round;		/* events that fit the smallest ring */
	const char *alone;		/* why no command can do its part; optional */
	int (*setup)(void);		/* before "ready"; optional */
	/* Does events [first, first + n) of the whole; 0 or -1. */
	int (*round)(unsigned int first, unsigned int n);
	void (*expected)(void);		/* prints what was done */
	void (*cleanup)(void);		/* optional; also run when a step failed */
};

/*
 * Makes a tmpfs that is mounted nowhere, with @mode ("755"), the current
 * directory: for files that nobody else sees, and that are gone with the last
 * process in there, however it ends.  0, or -1 after a line on stderr.
 */
int workload_scratch(const char *mode);

/* main() of a workload: returns its exit status. */
int workload_main(int argc, char **argv, const struct workload *w);

#endif
