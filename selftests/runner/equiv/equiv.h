/* SPDX-License-Identifier: GPL-2.0 */
/*
 * equiv.h - the parts of the runner, and what passes between them.
 *
 *	equiv.c		options, discovery, exit status
 *	family.c	one run of one family, step by step
 *	proc.c		processes and their control line, with time limits
 *	records.c	multisets of lines and how they differ
 *	show.c		KTAP and the table
 *
 * No part knows BPF, a family or a stage by name.
 */
#ifndef SELFTESTS_EQUIV_H
#define SELFTESTS_EQUIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

#include "command.h"

#define EXIT_SKIP	4	/* what kselftest calls KSFT_SKIP */

struct options {
	bool verbose;		/* -v: each step, and what variants say */
	bool table;		/* -f: for a person, or else KTAP */
	int seconds;		/* -t: limit of one step */
	int repeat;		/* -r */
	const char *events;	/* -n, for the workload */
	char **command;		/* in the workload's place */
	struct command execute;	/* what is to be executed for it */
	char dir[4096];		/* where the executables are */
	char *cgroup;		/* the path of the runner's, which its guard shares */
};

extern struct options opt;

/* ---- records.c ---- */

struct records {
	char *text;
	char **line;		/* sorted */
	size_t n;
};

/* Reads the lines of @fd.  Returns NULL, or what is wrong with them. */
char *records_read(struct records *r, int fd);
void records_free(struct records *r);
/* How many lines of @want are not in @have: missing one way, extra the other. */
size_t records_lacking(const struct records *have, const struct records *want);
/*
 * How many lines of @want @have has with other values: the two share most of them, or what
 * no other line of either has.  @was and @is become the first such pair.
 */
size_t records_changed(const struct records *have, const struct records *want,
		       const char **was, const char **is);
/* The lines whose first word is @kind. */
struct records records_of(const struct records *r, const char *kind, size_t len);
bool records_equal(const struct records *a, const struct records *b);
__u64 records_digest(const struct records *r);
/*
 * The smallest line at or after the cursors @at of @n multisets, and how often
 * each has it; moves the cursors past it.  NULL at the end.
 */
const char *records_next(const struct records *const *r, int n, size_t *at, size_t *count);

/* ---- proc.c ---- */

enum verdict { UNDECIDED, PASSED, FAILED, SKIPPED };

struct proc {
	char *path;
	char *name;		/* execmon-xattr.libbpf */
	bool modern;
	enum verdict verdict;
	char *why;		/* lines, for FAILED and SKIPPED */

	pid_t pid;		/* 0: not started, or gone */
	bool ended;
	int status;
	int control;
	char in[256];		/* not yet a whole line */
	size_t in_len;
	char line[256];		/* the last line, or "" */
	bool owes_line, owes_end;
	int out, err;

	bool ready;
	bool collected;		/* records are what it printed, to its end */
	__u64 seen, lost, missed;
	char *odd;		/* when it first had seen another number than most */
	size_t lacking, extra;	/* of them @changed are the same with other values */
	size_t changed;
	struct records records;
};

/* From now on children and their orphans are waited for; see await(). */
void proc_init(void);
/* A signal that ends the run, or 0.  SIGPIPE: who reads stdout is gone. */
extern int proc_stop;

/* Starts @argv, in @cgroup unless that is NULL, with the control line on fd 3. */
void proc_start(struct proc *p, char **argv, const char *cgroup);
/* The same, but says "held", and @argv is only started once told so. */
void proc_start_held(struct proc *p, char **argv, const char *cgroup);
/* Sends a line; the answer, or the end, is then owed. */
void proc_send(struct proc *p, const char *line);
void proc_expect_end(struct proc *p);
/*
 * @p are all that were started.  Waits until nothing is owed by any, or
 * @seconds have passed (0: no limit).
 * Returns -1 if a signal ends the run.
 */
int proc_await(struct proc *p, int n, int seconds);
/* Forgets all about a run, but for name, verdict and why. */
void proc_reset(struct proc *p);
void proc_kill(struct proc *p);
/* Ends what orphans there are.  Returns how many did not end of themselves. */
int proc_end_orphans(int seconds, char *who, size_t size);
/* The parent of the runner: nothing outlives either of the two. */
int proc_guard(pid_t runner);

void proc_fail(struct proc *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It ended when it should not have: failed, or skipped if not yet @ready. */
void proc_died(struct proc *p, const char *when);
void proc_late(struct proc *p, const char *when, int seconds);

/* ---- family.c ---- */

struct family {
	char *stem;
	struct proc *proc;	/* [0] is the workload, the others are variants */
	int n;
	unsigned int rounds;
	enum verdict verdict;
	char *why;
	int reference;		/* the records all are compared with; -1: none */
	int passed, failed, skipped;
};

void family_run(struct family *f);

/* ---- show.c ---- */

void show_start(int tests);
void show_family(struct family *f, int number, int repetition);
/* Nothing could be run at all. */
void show_skip(const char *why);

#endif
