/* SPDX-License-Identifier: GPL-2.0 */
/*
 * equiv.h - the parts of the runner, and their interfaces.
 *
 *	equiv.c		options, discovery, exit status
 *	family.c	one run of one family, step by step
 *	foreign.c	other people's tools in the place of variants
 *	pair.c		two such tools, and no family
 *	proc.c		processes and their control line, with time limits
 *	records.c	multisets of lines and how they differ
 *	show.c		KTAP and the table
 *
 * No part loads a BPF program, or knows a family by name.
 */
#ifndef SELFTESTS_EQUIV_H
#define SELFTESTS_EQUIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

#include "command.h"

#define EXIT_SKIP	4	/* what kselftest calls KSFT_SKIP */
#define MAX_OTHERS	8	/* see is_idle() in proc.c */

struct options {
	bool verbose;		/* -v: each step, and what variants say */
	bool table;		/* -f: for a person, or else KTAP */
	int seconds;		/* -t: limit of one step */
	int repeat;		/* -r */
	bool first_only;	/* -1: the first pass alone */
	const char *events;	/* -n, for the workload */
	char *ring;		/* --ring=BYTES, the whole option, for all; or NULL */
	char **command;		/* the user's, in the workload's place */
	struct command execute;	/* the file and arguments of it */
	char dir[4096];		/* where the executables are */
	char *cgroup;		/* path of the room, in memory that the guard shares */
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
/*
 * Returns how many lines of @want are not in @have: those that are missing, or, with the
 * arguments exchanged, those that are too many.
 */
size_t records_lacking(const struct records *have, const struct records *want);
/*
 * Returns how many lines of @want are in @have with other values.  Two lines are such a pair
 * if they share most of their values, or values that no other line of either set shares.
 * @was and @is become the first pair.
 */
size_t records_changed(const struct records *have, const struct records *want,
		       const char **was, const char **is);
/*
 * Of such a pair: "has 'x~=5', expected 'x~=10..20', in ...", or NULL if other values differ,
 * too.
 */
char *records_out_of_bounds(const char *was, const char *is);
/*
 * In the place of each line of @have that fits a line of @want comes that line.  They fit if
 * they are equal but for NAME~=LOW..HIGH in @want, which holds NAME~=VALUE, and for fields
 * that @have does not observe: these are "-" in all its lines of that kind.  With @both, also
 * for those that @want does not observe.  Each line of @want is taken once, and as many as
 * possible are.  Returns the names of what @have does not observe, "min, max", or NULL.
 * The lines of @have may belong to @want from then on.
 */
char *records_settle(struct records *have, const struct records *want, bool both);
/* Would all lines of both fit in this way?  What @want does not observe, @have must not, too. */
bool records_agree(const struct records *have, const struct records *want);
/*
 * Takes the fields that are NAME~=VALUE in one of @n sets away from all of them: nobody knows
 * the bounds.
 */
void records_leave_bounds(struct records **r, int n);
/*
 * The lines of @r whose kind ends with "?", which is taken away: an observer may lose such a
 * record, if it says so.  They stay in @r, and belong to it.
 */
struct records records_to_lose(struct records *r);
bool records_have(const struct records *r, const char *line);
/* The lines whose first word is @kind. */
struct records records_of(const struct records *r, const char *kind, size_t len);
bool records_equal(const struct records *a, const struct records *b);
__u64 records_digest(const struct records *r);
/* The first line that has @word, or NULL. */
const char *records_with(const struct records *r, const char *word);
/*
 * The lines of @r, of this kind, that say of which task they are, by pid or tgid, where @of has one
 * of that task.  They belong to @r; the array is to be freed.
 */
struct records records_of_tasks(const struct records *r, const struct records *of,
				const char *kind);
/*
 * The first line of @want that is not covered by a line of @have, or NULL.  A line covers one of
 * its kind that has the same strings and ids, and numbers that are not larger; values that are not
 * observed, or may differ, are left out.
 */
const char *records_uncovered(const struct records *have, const struct records *want);
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
	char *script;		/* of a foreign tool, see foreign.c; NULL: a variant */
	enum verdict verdict;
	char *why;		/* lines, for FAILED and SKIPPED */

	pid_t pid;		/* 0: not started, or gone */
	pid_t observer;		/* see proc_find_observer() */
	bool ended;
	int status;
	int control;
	char in[256];		/* not yet a whole line */
	size_t in_len;
	char line[256];		/* the last line, or "" */
	bool owes_line, owes_end;
	int out, err;

	bool ready;
	bool stops;		/* when it says that it is ready: see proc_suspend() */
	bool collected;		/* @records are all that it printed */
	size_t wanted, printed;	/* lines of its output: waited for, and found meanwhile */
	off_t searched;		/* how many bytes of it */
	__u64 waits;		/* how often it had waited when the last line was found */
	long long silent;	/* ms: when that was */
	__u64 waits_now;
	struct {
		pid_t pid;
		__u64 since;	/* @waits, when this was filled in */
		__u64 waits;	/* its own at that time */
	} other[MAX_OTHERS];	/* processes that may read for it */
	long long moved;	/* ms: when it last printed, or waited again */
	__u64 seen, lost, missed;
	char *odd;		/* where its number of records first differed from most */
	size_t lacking, extra;	/* of each, @changed have only other values */
	size_t changed;
	size_t spared;		/* of those that are lacking, how many may be lost */
	char *unobserved;	/* names of the fields that it does not observe */
	struct records records;	/* settled: see records_settle() */
};

/*
 * Blocks SIGCHLD and the signals that end the runner.  The runner and its guard wait for them
 * and have no handlers, so this comes before they are two processes.
 */
void proc_block(void);
/* Prepares to wait for children and their orphans; see proc_await(). */
void proc_init(void);
/* The signal that ends the run, or 0.  SIGPIPE: the reader of stdout is gone. */
extern int proc_stop;

/* Starts @argv, in @cgroup unless that is NULL, with the control line on fd 3. */
void proc_start(struct proc *p, char **argv, const char *cgroup);
/* The same, but the child says "held", and executes @argv when a line is sent to it. */
void proc_start_held(struct proc *p, char **argv, const char *cgroup);
/* Sends a line; proc_await() then waits for the answer. */
void proc_send(struct proc *p, const char *line);
/* From now on, proc_await() waits for the process to end. */
void proc_expect_end(struct proc *p);
/*
 * @p are all processes that were started.  Waits until each has answered, or ended, as it
 * should, or @seconds have passed (0: no limit).
 * Returns -1 if a signal ends the run.
 */
int proc_await(struct proc *p, int n, int seconds);
/*
 * Waits until each has printed at least as many lines as are @wanted, or has ended, or has begun
 * to wait so often since the last line that no other one will come by itself, or has done
 * nothing for @still seconds, or @seconds have passed.  Returns -1 if a signal ends the run.
 */
int proc_await_lines(struct proc *p, int n, int still, int seconds);
/*
 * Waits until each is asleep, with its descendants, and has been for some milliseconds, or
 * @seconds have passed; then counts what they have printed.  Returns -1 if a signal ends the run.
 */
int proc_await_sleep(struct proc *p, int n, int seconds);
/*
 * Stops it and all its descendants, and waits until they are stopped.  Returns NULL, or which
 * process is not.  proc_resume() lets all that were stopped go on.
 */
char *proc_suspend(struct proc *p, int seconds);
void proc_resume(void);
/* Does it say this on stderr? */
bool proc_said(struct proc *p, const char *words);
/* Stores the @i-th line on stderr that begins with "not made: ", if there are so many. */
bool proc_not_made(struct proc *p, unsigned int i, char *line, size_t size);
/* The first line on stderr, but for the one about skipped runs, which is no error; or NULL. */
const char *proc_warning(struct proc *p);
/* The last line on stderr, without "NAME: "; "" if there is none. */
const char *proc_last_words(struct proc *p);
/* Makes a process that was copied one of its own, of the same program. */
void proc_init_copy(struct proc *p);
/*
 * Sets @observer to the process that reads what is observed, and that no observer may observe:
 * its child, if it has one, as that of bpftool; or 0, if this kernel does not say.
 */
void proc_find_observer(struct proc *p);
/* Forgets all about a run; path, name and `modern` stay. */
void proc_reset(struct proc *p);
void proc_kill(struct proc *p);
/* Waits for orphans to end, then kills them.  Returns how many were killed; @who is one. */
int proc_end_orphans(int seconds, char *who, size_t size);
/* Runs in the parent of the runner: if the runner is killed, it ends what that has started. */
int proc_guard(pid_t runner);

void proc_fail(struct proc *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It ended too early: it has failed, or is skipped if it was not yet @ready. */
void proc_died(struct proc *p, const char *when);
void proc_late(struct proc *p, const char *when, int seconds);

/* ---- family.c ---- */

/*
 * PASS_FIRST: nothing may be lost, and all have to have all records.  In the second pass there is
 * more than the variants have room for, and each has to know how much it has lost.
 * PASS_STORM, if they have rings: these are small, only a wakeup makes a variant read, and there is
 * a storm of events while all variants are stopped.
 * PASS_FULL, if not: it is a first pass in which the workload fills up maps in the end, if it can.
 * PASS_ALL, the third: they observe all tasks, and not themselves.
 * PASS_QUIET, the fourth, of a family with rings and of modern variants alone: the first round
 * fills no ring to more than a quarter, and so may wake nobody; the second one has more events.
 */
enum pass { PASS_FIRST, PASS_STORM, PASS_FULL, PASS_ALL, PASS_QUIET, PASSES };

struct family {
	char *stem;
	bool pair;		/* of two foreign tools, see pair.c */
	struct proc *proc;	/* [0] is the workload, the others are variants */
	int n;
	unsigned int rounds;
	enum verdict verdict;
	char *why;
	int reference;		/* whose records all are compared with; -1: nobody's */
	char kind[32];		/* records that are printed as they happen; "": none */
	size_t live;		/* how many of them are expected so far */
	enum pass pass;
	struct family *later[PASSES];	/* other passes of this family, or NULL */
	struct records lose;	/* those of the workload's that a variant may lose */
	int passed, failed, skipped;
};

void family_run(struct family *f);

/* Adds a variant.  The pointer is valid until the next one is added. */
struct proc *family_add(struct family *f, const char *name);
/* If @name belongs to @stem, returns its stage; else NULL. */
const char *family_stage(const char *name, const char *stem);

/* ---- foreign.c ---- */

/* --with FILE, DIR or NAME=COMMAND, and --records NAME=FILTER. */
void foreign_with(char *with);
void foreign_records(char *records);
/* Adds the tools that @f gets.  Returns -1 after a line on stderr. */
int foreign_join(struct family *f);
/* Adds the tool @command with the filter @records, or that of a file, under the name @name. */
void foreign_add(struct family *f, const char *name, const char *command, const char *records);
void foreign_add_file(struct family *f, const char *name, const char *path);
/*
 * Makes the records of a tool comparable with others.  A tool has no filter by cgroup, so this
 * leaves out its records of processes that no record of @expected is of, if they say of which
 * process they are.  Fields that @expected has and the tool has not become "-".
 */
void foreign_settle(struct proc *p, const struct records *expected);
/* The same, with the processes @pids; if @n is 0, none is left out. */
void foreign_settle_of(struct proc *p, const struct records *expected, long *pids, size_t n);

/* ---- pair.c ---- */

/* Each tool is a command, or a file as for --with.  Without a filter, lines are compared. */
struct family *pair_family(char *old, char *new, const char *old_records, const char *new_records);
/* Watches which processes @pid starts.  Returns NULL, or why that is not possible. */
const char *pair_watch(pid_t pid);
/* Makes the records of both comparable.  Returns -1 if there were too many processes. */
int pair_settle(struct family *f);

/* ---- show.c ---- */

void show_start(int tests);
void show_family(struct family *f, int number, int repetition);
/* Says why nothing could be run at all. */
void show_skip(const char *why);

#endif
