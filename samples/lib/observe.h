/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observe.h - what the user side of every variant has in common.
 *
 * Nothing here knows a BPF library: it reads the options, finds out whom to observe
 * (everybody, a cgroup, or a command), tells the variant when to read its
 * buffers, when to report and when to end, and turns what was lost into an
 * exit status.  What is left in legacy/ and modern/ is what differs.
 *
 *	X.STAGE [options]			live: everybody, or a cgroup, until ^C
 *	X.STAGE [options] -- COMMAND ...	COMMAND and its descendants
 *
 * The runner adds --format=records, --cgroup=DIR and --control=FD.  FD is one
 * end of a stream socketpair that carries lines:
 *
 *	variant -> runner	ready			everything is attached
 *	runner -> variant	sync			read all there is, then
 *	variant -> runner	synced seen=N lost=N missed=N
 *	runner -> variant	finish			detach, print, exit
 *
 * "seen" counts the records read so far (the events, where they are counted in
 * maps: also those that a full map did not take), "lost" those that the BPF side or
 * the reader knows were dropped, "missed" the runs that the kernel skipped (its
 * recursion_misses).  If the other end closes, the runner is dead and the
 * variant ends with status 1.
 *
 * Exit status: 0 done, 1 failed or lost something, 4 cannot run here; for the
 * last two, the last line on stderr is "NAME: why".  Only a reader of stdout that goes
 * away, as in `X | head -1`, ends it at once with 1 and without a word.
 *
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT end it, unless they were ignored or blocked when
 * it was started.  COMMAND has the signals as the variant got them.
 */
#ifndef SAMPLES_LIB_OBSERVE_H
#define SAMPLES_LIB_OBSERVE_H

#include <signal.h>
#include <stdbool.h>
#include <linux/types.h>

#define EXIT_SKIP	4	/* what kselftest calls KSFT_SKIP */

struct observe {
	bool nobody;		/* set before observe_init(): there is nobody to observe */
	bool verbose;		/* -v: libbpf's log, each record */
	unsigned int interval;	/* -i: seconds between two live reports */
	unsigned int top;	/* -n: rows of a live table, 0 is all */
	__u64 began;		/* ns, as bpf_ktime_get_ns() has them: before any event */
	bool live;		/* no command and no runner: until ^C */
	__u64 missed;		/* see observe_missed(): by programs that are closed already */

	/* Whom to observe: */
	bool by_cgroup;		/* the tasks below a cgroup; else all but pid */
	int cgroup_fd;		/* its directory, or -1 */
	__u64 cgroup_id;	/* what bpf_get_current_ancestor_cgroup_id() says */
	int cgroup_level;	/* its depth; the root is 0 */
	__u32 pid;		/* this process, never observed when live */
};

extern struct observe observe;

/* A signal, the runner, or the end of COMMAND: detach, read the rest, print it, exit. */
extern volatile sig_atomic_t exiting;

enum observe_event {
	OBSERVE_NONE,
	OBSERVE_SYNC,		/* read all records there are, then call observe_synced() */
	OBSERVE_REPORT,		/* an interval has passed: print a live report */
	OBSERVE_END,		/* exiting is set */
};

/*
 * Reads the options.  @about is one or two lines for -h.  Makes the cgroup and
 * the held COMMAND, and a private mount of tracefs and debugfs where there is
 * none.  Ends the process itself for -h and --version (0), a wrong option, no such COMMAND, a
 * closed stdout (1), or a namespace in which ids would lie, no root, no permission
 * (see permission.h), no cgroup2 (4).
 */
void observe_init(int argc, char **argv, const char *about);

/* What bpf_ktime_get_ns() says now, also where a time namespace has another clock. */
__u64 observe_ktime(void);

/* Everything is attached: says so to the runner, or lets COMMAND go. */
void observe_start(void);

/*
 * What there is to do now; does not wait.  To be called after a poll of the ring, which
 * a signal interrupts (-EINTR) once there may be something, and before all there is in
 * the ring is read: what was sent before a sync is then seen before its answer.
 */
enum observe_event observe_event(void);

/*
 * The same for those who have no ring to poll: waits until there is something to do, @fd
 * (or -1) is readable, or a tenth of a second has passed.
 */
enum observe_event observe_wait(int fd);

/* Answers OBSERVE_SYNC; counts since the start. */
void observe_synced(__u64 seen, __u64 lost);

/*
 * Everything is detached: waits until programs that were just running have come
 * to their end, so that what they sent and counted is complete; see detached.c.
 */
void observe_detached(void);

/*
 * The last word on what was sent by the BPF side and seen by the reader.
 * Returns 0, or -1 after a line on stderr if anything is lost, or if seen and
 * sent differ.  @error is the -errno of the last that was lost.  What the kernel skipped
 * is said, but is no error: that counts others' events too.
 */
int observe_totals(__u64 seen, __u64 sent, __u64 lost, long error);

/*
 * Runs of this process's BPF programs that the kernel skipped, whoever caused them
 * (recursion_misses); see missed.c.  0 before Linux 5.12, which does not count them.
 */
__u64 observe_missed(void);

/* What such an error means: "ENOSPC, the buffer was full". */
const char *observe_loss(long error);

/* Removes what observe_init() made and returns the exit status for @err. */
int observe_exit(int err);

/* "NAME: text" on stderr, then the end of the process with status 4 or 1. */
void observe_skip(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void observe_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The same line, without the end. */
void observe_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Is this the flavour @name of its family?  write_count-percpu.raw is "percpu": it is
 * write_count.raw under another name.  Flavours whose code differs have a source of
 * their own, and need not ask.  Valid before observe_init(), too.
 */
bool observe_flavour(const char *name);

/*
 * The path of the BPF object of this executable, beside it: of write_count-percpu.raw
 * write_count-percpu_kern.o.  Static storage, as of observe_exe_dir().
 */
const char *observe_object(void);

/*
 * The path of a file that is installed beside this executable, such as
 * "execmon_kern.o".  Static storage, overwritten by the next call.
 */
const char *observe_exe_dir(const char *file);

#endif
