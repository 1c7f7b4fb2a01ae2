/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workload.h - a workload does a known amount of work in rounds, under the control of
 * the runner, and then prints the records that every variant is expected to report.
 *
 *	X.workload [--control=FD] [--cgroup=DIR] [--ring=BYTES] [-n EVENTS | --brief | --storm]
 *	X.workload --command		can a command take its place?  0, or 4 and why not
 *	X.workload --version		which version of the suite it is
 *
 *	workload -> runner	ready		it is held and has done nothing yet
 *	runner -> workload	go		do one round
 *	workload -> runner	more | end [KIND=N]	the round is done; there is another one, or
 *						not; so far N records of KIND are expected
 *	runner -> workload	finish		print what was done to stdout, exit 0
 *
 * The protocol uses only send(2) and recv(2), so that no write(2), open or exec comes
 * from it.  Without --control all rounds are done at once.  DIR is the cgroup that is
 * observed; the runner has started the workload in it.  With --ring the variants have rings of
 * that size, and the records of a round fit into one: the rings are then filled and wrap many
 * times.  The expected records have the form that report.h describes.
 *
 * KIND are the records that come through a ring, and which variants print as soon as they come:
 * the expected ones begin with these.  With --brief there is one round.  With --storm there are
 * two: one as usual, and then one of more events than rings of a page take; without rings, all
 * rounds are as usual, and the last one also fills up maps.  Status 4: it can fill nothing.
 *
 * A record whose kind ends with "?" may be lost by a correct variant, such as that of a key for
 * which a map has no room.  Then the variant must say that it has lost as many records as it
 * lacks of these, and end with status 1.
 */
#ifndef SAMPLES_LIB_WORKLOAD_H
#define SAMPLES_LIB_WORKLOAD_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define WORKLOAD_MAX_PID	(1 << 22)	/* the largest that a kernel may give */

extern bool workload_brief;	/* --brief: there is one round */

struct workload {
	const char *about;		/* for -h */
	unsigned int events;		/* default of -n */
	unsigned int most;		/* the largest -n; 0: a million */
	unsigned int per_round;		/* events whose records fit the smallest ring */
	unsigned int record;		/* bytes of the record of an event; 0: there is no ring */
	unsigned int storm;		/* events that a ring of a page cannot take; 0: no ring */
	const char *alone;		/* why no command can take its place; optional */
	int (*setup)(void);		/* before "ready"; optional */
	/* Does the events [first, first + n); returns 0 or -1. */
	int (*round)(unsigned int first, unsigned int n);
	int (*fill)(void);		/* more than maps have room for; 0 or -1; optional */
	void (*expected)(void);		/* prints the expected records */
	void (*cleanup)(void);		/* optional; also run when a step failed */
};

/*
 * Makes a tmpfs that is mounted nowhere, with @mode ("755"), and changes to it.  No other
 * program sees the files in it, and the kernel removes them when the last process in
 * there has ended.  Returns 0, or -1 after a line on stderr.
 */
int workload_scratch(const char *mode);

/*
 * Makes a cgroup below the one that is observed, whose tasks are observed as well, and one
 * beside it, whose tasks are not.  To be called in setup().  Returns 0, or -1 after a line on
 * stderr.  Without a runner it does nothing, and all places are the caller's own cgroup.
 */
int workload_cgroups(void);

enum workload_place { WORKLOAD_HERE, WORKLOAD_BELOW, WORKLOAD_BESIDE };

/*
 * Like fork(2), but the child is in the cgroup @place from its first instruction on.  One that is
 * below is also the first process of a pid namespace, as in a container, if that is allowed. This
 * is the bare clone3(2) (CLONE_INTO_CGROUP is Linux 5.7): no handlers of pthread_atfork(3) run, so
 * call it where no other thread may hold a lock of libc.  The caller must be allowed to write to
 * cgroup.procs, as long as it has not given up its uid.
 */
pid_t workload_fork(enum workload_place place);
/*
 * The ids of the calling process and thread where the workload has started: in a pid namespace of
 * its own it has others for itself.
 */
pid_t workload_pid(void);
pid_t workload_tid(void);

/*
 * Says on stderr that the workload does not do something that it does elsewhere, and why.  The
 * runner shows it.  To be called in setup().
 */
void workload_not_made(const char *what);

/*
 * Can this machine make 32-bit system calls?  The first time that the answer is no, this says so,
 * as workload_not_made() does.
 */
bool workload_has_call32(void);
/*
 * Makes a 32-bit call, with its number there; where there are none, nothing.  On x86 the calling
 * thread makes it, by int $0x80.  Elsewhere a child executes a 32-bit program that makes it, and
 * then ends.  Memory that the call gets has to be from workload_memory32().
 */
void workload_call32(long nr, long a, long b, long c);
/*
 * Memory below 4 GiB, which is 0, and shared with children; it is never freed, and there is one.
 * It is NULL after a line on stderr.  A 32-bit program has a copy of it, at the same address.
 */
void *workload_memory32(size_t size);

/* Numbers of 32-bit calls.  Most of the old ones are the same on all architectures. */
#define WORKLOAD32_EXIT		1
#define WORKLOAD32_WRITE	4
#define WORKLOAD32_GETPID	20
#if defined(__aarch64__)
#define WORKLOAD32_OPENAT	322
#elif defined(__s390x__)
#define WORKLOAD32_OPENAT	288
#else
#define WORKLOAD32_OPENAT	295
#endif

#ifdef __x86_64__
/* A 32-bit call by this thread: returns what the kernel returned; a negative errno is an error. */
long workload_call32_here(long nr, long a, long b, long c);
#else
#define WORKLOAD32_CALLS	4	/* at most, of a program */

struct workload_call32 {
	long nr, a, b, c;
};

/*
 * A 32-bit program that makes @n calls, and ends by the 32-bit exit(2): a descriptor for
 * execveat(2), or -1.
 */
int workload_program32(const struct workload_call32 *calls, unsigned int n);
#endif

/*
 * From now on this thread and its children cannot make the call @nr: it fails with EACCES.  The
 * kernel asks the filter first, so programs see the exit of such a call, but no enter.  Returns
 * 0, or -1 if this kernel has no filters.
 */
int workload_refuse(long nr);

/* main() of a workload: returns its exit status. */
int workload_main(int argc, char **argv, const struct workload *w);

#endif
