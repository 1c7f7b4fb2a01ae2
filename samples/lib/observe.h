/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observe.h - what the user side of every variant has in common.
 *
 * Nothing here uses a BPF library; permission.c and detached.c make a few calls of
 * bpf(2).  It reads the options, finds out which tasks to observe (all, those of a
 * cgroup, or those of a command), tells the variant when to read its buffers, when to
 * report and when to end, and turns losses into an exit status.
 *
 *	X.STAGE [options]			live: observes all tasks, or a cgroup, until ^C
 *	X.STAGE [options] -- COMMAND ...	observes COMMAND and its descendants
 *
 * The runner adds --format=records, --cgroup=DIR and --control=FD, and perhaps
 * --ring=BYTES.  FD is one end of a stream socketpair that carries lines:
 *
 *	variant -> runner	ready			everything is attached
 *	runner -> variant	sync			read all records, then answer
 *	variant -> runner	synced seen=N lost=N missed=N
 *	runner -> variant	finish			detach, print, exit
 *
 * With --tick=MS, larger than usual, a record comes only if its ring wakes the reader, and is
 * written at once: so the runner can see whether it does.
 *
 * "seen" is the number of records read so far (if a family counts in maps, the number
 * of events, also of those for which a full map had no room).  "lost" is the number of
 * records of which the BPF side or the reader knows that they were dropped.  "missed" is
 * the number of runs that the kernel skipped (its recursion_misses).  If the other end
 * is closed, the runner is dead and the variant ends with status 1.
 *
 * Exit status: 0 done, 1 failed or lost something, 4 cannot run here; for the
 * last two, the last line on stderr is "NAME: why".  There is one exception: if the
 * reader of stdout goes away, as in `X | head -1`, the variant ends at once with
 * status 1 and without a message.
 *
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT end it, unless they were ignored or blocked when
 * it was started.  COMMAND inherits the signals that the variant has inherited.
 */
#ifndef SAMPLES_LIB_OBSERVE_H
#define SAMPLES_LIB_OBSERVE_H

#include <signal.h>
#include <stdbool.h>
#include <linux/types.h>

#define EXIT_SKIP	4	/* what kselftest calls KSFT_SKIP */

struct observe {
	/* To be set before observe_init(): */
	bool nobody;		/* the family observes no task */
	bool has_ring;		/* it has a ring, whose size --ring changes */

	bool verbose;		/* -v: show libbpf's log, and each record */
	unsigned int interval;	/* -i: seconds between two live reports */
	unsigned int top;	/* -n: rows of a live table, 0 is all */
	unsigned int tick;	/* --tick: ms until a ring is read that has not woken anybody */
	unsigned int ring;	/* --ring: bytes of its ring, or of each CPU's; 0: not given */
	__u64 began;		/* the start, in ns of bpf_ktime_get_ns(): before any event */
	bool live;		/* no command and no runner: observe until ^C */
	__u64 missed;		/* see observe_missed(): runs of programs already closed */

	/* Which tasks to observe: */
	bool by_cgroup;		/* those below a cgroup; else all but pid */
	int cgroup_fd;		/* its directory, or -1 */
	__u64 cgroup_id;	/* what bpf_get_current_ancestor_cgroup_id() returns */
	int cgroup_level;	/* its depth; the root is 0 */
	__u32 pid;		/* this process, never observed when live */
};

extern struct observe observe;

/*
 * Set by a signal, by the runner, or at the end of COMMAND: the variant then detaches,
 * reads the rest, prints it and exits.
 */
extern volatile sig_atomic_t exiting;

enum observe_event {
	OBSERVE_NONE,
	OBSERVE_SYNC,		/* read all records, then call observe_synced() */
	OBSERVE_REPORT,		/* an interval has passed: print a live report */
	OBSERVE_END,		/* exiting is set */
};

/*
 * Reads the options.  @about is one or two lines for -h.  Makes the cgroup, starts
 * COMMAND and holds it, and mounts tracefs and debugfs privately where they are not
 * mounted.  Ends the process itself: with 0 for -h and --version; with 1 for a wrong
 * option, a COMMAND that does not exist or a closed stdout; with 4 in a namespace in
 * which ids would be wrong, and without root, permission (see permission.h) or cgroup2.
 * It is 4, too, for a --ring that a variant cannot have, so that a runner may give it to all.
 */
void observe_init(int argc, char **argv, const char *about);

/*
 * Returns the size that @text, the value of --ring, gives a ring, or ends the process with
 * status 1: it is a power of two and at least a page, as perf rings and ring buffers want it.
 */
unsigned int observe_ring(const char *text);

/* What bpf_ktime_get_ns() returns now, also in a time namespace with another clock. */
__u64 observe_ktime(void);

/* To be called when everything is attached: tells the runner, or lets COMMAND run. */
void observe_start(void);

/*
 * Returns what to do now; does not wait.  To be called after the poll of the ring: a
 * signal interrupts that poll (-EINTR) when there may be something to do.  All records
 * in the ring are read after this call, so that those sent before a sync are counted in
 * the answer to it.
 */
enum observe_event observe_event(void);

/*
 * The same for a variant that has no ring to poll: waits until there is something to
 * do, @fd (or -1) is readable, or a tick has passed.
 */
enum observe_event observe_wait(int fd);

/* Answers OBSERVE_SYNC; counts since the start. */
void observe_synced(__u64 seen, __u64 lost);

/*
 * To be called when everything is detached: waits until programs that are still running
 * have ended, so that no record and no count of theirs is missing; see detached.c.
 */
void observe_detached(void);

/*
 * Compares at the end how many records the BPF side has sent and the reader has seen.
 * Returns 0, or -1 after a line on stderr if anything is lost, or if seen and
 * sent differ.  @error is the -errno of the last lost record.  Runs that the kernel
 * skipped are reported but are no error, as they may belong to tasks that are not
 * observed.
 */
int observe_totals(__u64 seen, __u64 sent, __u64 lost, long error);

/*
 * For a family that pairs the enter and the exit of calls: says how many exits had no enter,
 * apart from the @dropped, whose enter a full map did not take.  Returns 0, or -1 unless live: a
 * command, and a workload, begin when all is attached.
 */
int observe_unmatched(__u64 unmatched, __u64 dropped);

/*
 * Runs of this process's BPF programs that the kernel skipped, for any task
 * (recursion_misses); see missed.c.  0 before Linux 5.12, which does not count them.
 */
__u64 observe_missed(void);

/* What such a -errno means: "ENOSPC, the buffer was full". */
const char *observe_loss(long error);

/* Removes all that observe_init() made, and returns the exit status for @err. */
int observe_exit(int err);

/* "NAME: text" on stderr, then the end of the process with status 4 or 1. */
void observe_skip(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void observe_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The same line, without the end. */
void observe_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Is this the flavour @name of its family?  write_count-percpu.raw is "percpu": it is
 * write_count.raw under another name.  A flavour whose code differs has a source of
 * its own and need not call this.  May be called before observe_init(), too.
 */
bool observe_flavour(const char *name);

/*
 * The path of the BPF object of this executable, in the same directory.  For
 * write_count-percpu.raw that is write_count-percpu_kern.o.  Static storage, as that of
 * observe_exe_dir().
 */
const char *observe_object(void);

/*
 * The path of a file that is installed beside this executable, such as
 * "execmon_kern.o".  Static storage, overwritten by the next call.
 */
const char *observe_exe_dir(const char *file);

#endif
