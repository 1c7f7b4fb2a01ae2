// SPDX-License-Identifier: GPL-2.0
/*
 * file_events.c - the workload: a known number of openat(2) calls, by several
 * processes and threads at once, with names that a sloppy observer gets wrong.
 *
 * The names have no byte, one byte, more than the record takes or more than the kernel
 * takes, and any byte value.  They lie on pages that nobody has touched yet, across two
 * pages, at the very end of readable memory, or at an unreadable address.  In between
 * come calls that also open files but are not openat(2).  One of the processes is in a
 * cgroup below, and one is beside: that does the same, more often, and is not observed.  A
 * thread opens a file, executes another program, and goes on as the only thread of its process.
 * In a storm, so many calls are also under way at once that the legacy side has no room for one
 * more.  The result in an expected record is what the call returned; the rest is known before.
 * The files are on a tmpfs that is mounted nowhere, so that the kernel removes them at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "file_events.h"
#include "held.h"
#include "report.h"
#include "workload.h"

#define MAX_EVENTS	100000
#define LONGEST		5000	/* more than PATH_MAX */
#define SLOTS		3	/* places where a name may lie in names_fd */

/* The threads that open files; each makes as many calls as it has entries here. */
static const struct { unsigned int process, thread; } actors[] = {
	{ 0, 0 }, { 1, 0 }, { 1, 1 }, { 1, 1 }, { 2, 0 }, { 2, 1 }, { 2, 1 },
	{ 2, 2 }, { 2, 2 }, { 2, 2 },
};
#define ACTORS		(sizeof(actors) / sizeof(actors[0]))
#define PROCESSES	3
#define THREADS		3	/* at most */
#define BELOW		1	/* the process in a cgroup below */
#define OUTSIDER	2	/* what this process does, another does, too, and is not observed */

/* The effective uid stays 0. */
static const __u32 uids[] = { 0, 1000, 65536, 0, 70001, 0x80000001, 0xfffffffe };

enum where { WARM, COLD, ACROSS, AT_END, NOWHERE, WHERES };

/* What is opened; a length above that of the name puts slashes before the name. */
static const struct {
	const char *name;
	size_t len;
	int flags;
} kinds[] = {
	{ "a", 0, O_RDONLY },
	{ "", 0, O_RDONLY },
	{ "made", 0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC },
	{ "does-not-exist", 0, O_RDWR | O_APPEND },
	{ "a", 0, O_DIRECTORY },
	{ ".", 0, O_DIRECTORY | O_PATH | O_NOFOLLOW },
	{ NULL, 255, O_RDONLY },	/* NAME_MAX: a name with every byte value */
	{ "/tmp/a", 256, O_RDONLY | O_NONBLOCK },
	{ "/tmp/a", FILE_EVENTS_FILE_LEN - 1, O_RDONLY },
	{ "/tmp/a", FILE_EVENTS_FILE_LEN, O_RDONLY },
	{ "/tmp/a", 4095, O_RDONLY },
	{ "/tmp/a", LONGEST, O_RDONLY },
	{ "a b=c\\d\n\t\"%s\xff\x01", 0, 0x40000000 | O_WRONLY },
};
#define KINDS		(sizeof(kinds) / sizeof(kinds[0]))

#define PER_ROUND	65
#define STORM		400
#define REFUSED		2
#define CROWD		(FILE_EVENTS_MAX_STARTS + 1)	/* one more than the legacy side takes */
#define DROPPED		2

/* The environment of a program that a thread has executed: the descriptor of `done`. */
#define CHILD		"FILE_EVENTS_CHILD"

/* What is expected; all of it is shared with the children. */
static struct {
	struct file_events_event event[MAX_EVENTS];
	struct file_events_event refused[REFUSED];
	struct file_events_event before_exec, after_exec;
	struct file_events_event crowd[CROWD];		/* calls that are under way at once */
	struct file_events_event dropped[DROPPED];	/* calls that begin and end meanwhile */
} *done;
static int done_fd = -1;
static unsigned int nr_done;
static char every_byte[256];
static int names_fd = -1;		/* the name of each kind, on pages of its own */
static size_t page, slot;
static long cpus;
static char *low;			/* a name that 32-bit calls can point to */

static size_t kind_name(unsigned int kind, char *name)
{
	const char *text = kinds[kind].name ? kinds[kind].name : every_byte;
	size_t len = strlen(text), all = kinds[kind].len > len ? kinds[kind].len : len;

	memset(name, '/', all - len);
	strcpy(name + all - len, text);
	return all;
}

static int map_done(void)
{
	done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		    done_fd, 0);
	return done == MAP_FAILED ? -1 : 0;
}

static int setup(void)
{
	char name[LONGEST + 1];
	int fd;

	page = sysconf(_SC_PAGESIZE);
	slot = (LONGEST + page) / page * page;
	cpus = sysconf(_SC_NPROCESSORS_ONLN);	/* it opens a file, so not during a round */
	for (int i = 0; i < 255; i++)
		every_byte[i] = i + 1 == '/' ? 'x' : i + 1;
	done_fd = memfd_create("done", 0);	/* stays open in an exec */
	if (done_fd < 0 || ftruncate(done_fd, sizeof(*done)) || map_done()) {
		perror("file_events: no memory");
		return -1;
	}
	if (workload_cgroups() || workload_scratch("777"))
		return -1;
	fd = open("a", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	names_fd = memfd_create("names", MFD_CLOEXEC);
	if (fd < 0 || close(fd) || names_fd < 0)
		goto failed;
	fd = open(every_byte, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || close(fd))
		goto failed;
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		size_t len = kind_name(kind, name) + 1;

		off_t at = kind * SLOTS * slot;

		/* At the beginning of a page, across two, and to the end of one. */
		if (pwrite(names_fd, name, len, at) != (ssize_t)len ||
		    pwrite(names_fd, name, len, at + slot + page - len / 2) != (ssize_t)len ||
		    pwrite(names_fd, name, len, at + 3 * slot - len) != (ssize_t)len)
			goto failed;
	}
	low = workload_memory32(page);
	if (!low)
		return -1;
	strcpy(low, "a");
	return 0;
failed:
	perror("file_events: cannot make the files to open");
	return -1;
}

/* Calls that are like openat(2), or have its number in the other (32/64-bit) table. */
static void open_otherwise(unsigned int event)
{
	long fd = -1;

	switch (event % 4) {
#ifdef SYS_open
	case 0:
		fd = syscall(SYS_open, "a", O_RDONLY);
		break;
	case 1:
		fd = syscall(SYS_creat, "made", 0644);
		break;
#endif
	case 2:
		fd = syscall(437 /* openat2 */, AT_FDCWD, "a", (__u64[3]) { O_RDONLY }, 24);
		break;
	case 3:
		/* On x86 the second one is remap_file_pages(2), on arm64 there is none. */
		workload_call32(event % 8 == 3 ? WORKLOAD32_OPENAT : SYS_openat,
				-1 /* no directory */, (long)low, O_RDONLY);
		break;
	}
	if (fd >= 0)
		close(fd);
}

/* One event: an openat(2).  Its expected record is in @e. */
static int open_one(unsigned int event, struct file_events_event *e)
{
	unsigned int kind = event % KINDS;
	enum where where = event / KINDS % WHERES;
	char name[LONGEST + 1], comm[FILE_EVENTS_COMM_LEN];
	size_t len = kind_name(kind, name) + 1;
	/* Pages that nobody has touched yet; the memory behind them cannot be read. */
	char *fresh = mmap(NULL, SLOTS * slot + page, PROT_READ, MAP_PRIVATE, names_fd,
			   kind * SLOTS * slot);
	const volatile char *at = name;
	/* A flag has 32 bits.  Whatever is above them, the kernel ignores. */
	long flags = kinds[kind].flags | (event % 2 ? 0x5aLL << 32 : 0);

	if (fresh == MAP_FAILED || mprotect(fresh + SLOTS * slot, page, PROT_NONE))
		return -1;
	switch (where) {
	case COLD:
		at = fresh;
		break;
	case ACROSS:
		at = fresh + slot + page - len / 2;
		/* The kernel also maps pages nearby, so the second page is dropped again. */
		(void)*at;
		if (madvise(fresh + slot + page, page, MADV_DONTNEED))
			return -1;
		break;
	case AT_END:
		at = fresh + SLOTS * slot - len;
		break;
	case NOWHERE:
		at = fresh + SLOTS * slot;
		break;
	default:
		break;
	}

	/* Short ones come after those that have all 15 bytes. */
	snprintf(comm, sizeof(comm), event % 3 == 2 ? "has-15-bytes %u%u" :
		 event % 7 ? "opener-%u" : "any \n%%=\xff%u", event % 5, event % 4);
	prctl(PR_SET_NAME, comm);
	e->pid = workload_pid();
	e->tid = workload_tid();
	e->uid = uids[event % (sizeof(uids) / sizeof(uids[0]))];
	e->flags = kinds[kind].flags;
	strcpy(e->comm, comm);
	if (where != NOWHERE)
		memcpy(e->file, name, len < sizeof(e->file) ? len : sizeof(e->file) - 1);
	/* The bare system call changes only this thread; libc's changes all threads. */
	if (syscall(SYS_setresuid, e->uid, -1, -1))
		return -1;
	e->result = syscall(SYS_openat, AT_FDCWD, at, flags, 0600);
	if (e->result < 0)
		e->result = -errno;
	else
		close(e->result);
	open_otherwise(event);
	return munmap(fresh, SLOTS * slot + page);
}

struct share {
	unsigned int process, thread, first, n;
	bool outside;
	int err;
};

static void *opens(void *arg)
{
	struct file_events_event unseen = {};
	struct share *s = arg;
	cpu_set_t set;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&set);
	CPU_SET((s->process + s->thread) % cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (unsigned int i = s->first; i < s->first + s->n && !s->err; i++) {
		if (actors[i % ACTORS].process != s->process ||
		    actors[i % ACTORS].thread != s->thread)
			continue;
		s->err = open_one(i, s->outside ? &unseen : &done->event[i]);
		if (s->outside && !s->err)
			s->err = open_one(i, &unseen);
	}
	return NULL;
}

static void process(unsigned int me, bool outside, unsigned int first, unsigned int n)
{
	struct share shares[THREADS];
	pthread_t threads[THREADS];
	int err = 0;

	for (unsigned int t = 0; t < THREADS; t++) {
		shares[t] = (struct share){
			.process = me, .thread = t, .first = first, .n = n, .outside = outside
		};
		if (t && pthread_create(&threads[t], NULL, opens, &shares[t]))
			_exit(1);
	}
	opens(&shares[0]);
	for (unsigned int t = 0; t < THREADS; t++) {
		if (t)
			pthread_join(threads[t], NULL);
		err |= shares[t].err;
	}
	_exit(err ? 1 : 0);
}

/* Its calls are refused, so the legacy side sees their exits only. */
static void open_refused(void)
{
	struct file_events_event e = {
		.pid = getpid(), .tid = getpid(), .result = -EACCES, .comm = "refused",
	};

	prctl(PR_SET_NAME, e.comm);
	if (workload_refuse(SYS_openat))
		_exit(0);	/* this kernel cannot do that */
	for (int i = 0; i < REFUSED; i++) {
		snprintf(e.file, sizeof(e.file), "refused-%d", i);
		e.flags = i;
		syscall(SYS_openat, AT_FDCWD, e.file, e.flags, 0);
		done->refused[i] = e;
	}
	_exit(0);
}

/* Opens @name, which is at @at then, and writes down what is expected. */
static void open_plain(struct file_events_event *e, const char *name, const char *at)
{
	struct file_events_event expected = {
		.pid = getpid(), .tid = syscall(SYS_gettid), .flags = O_WRONLY | O_EXCL,
	};

	prctl(PR_GET_NAME, expected.comm);
	strcpy(expected.file, name);
	expected.result = syscall(SYS_openat, AT_FDCWD, at, expected.flags, 0);
	if (expected.result < 0)
		expected.result = -errno;
	else
		close(expected.result);
	*e = expected;
}

static void *execs(void *unused)
{
	char env[sizeof(CHILD) + 12], *const argv[] = { "file_events", NULL };

	(void)unused;
	snprintf(env, sizeof(env), "%s=%d", CHILD, done_fd);
	prctl(PR_SET_NAME, "before exec");
	open_plain(&done->before_exec, "before-exec", "before-exec");
	execve("/proc/self/exe", argv, (char *[]){ env, NULL });
	_exit(1);
}

/* A thread that is not the first one executes a program: from then on its tid is its pid. */
static void exec_from_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, execs, NULL))
		pthread_join(thread, NULL);
	_exit(1);
}

/* What the program does that exec_from_thread() executes. */
static int executed(const char *fd)
{
	done_fd = atoi(fd);
	if (map_done())
		return 1;
	prctl(PR_SET_NAME, "after exec");
	open_plain(&done->after_exec, "after-exec", "after-exec");
	return 0;
}

static struct held held;
static unsigned int nr_crowd;

static void *open_held(void *unused)
{
	(void)unused;
	open_plain(&done->crowd[__atomic_fetch_add(&nr_crowd, 1, __ATOMIC_SEQ_CST)], "held",
		   held.page);
	return NULL;
}

/*
 * More calls are under way than the legacy side has room for, and then there are others.  All of
 * them are on one CPU: when they return, any ring loses records, and this is then the reason
 * for losses that all variants have to give.
 */
static void open_crowd(void)
{
	pthread_attr_t small;
	pthread_t threads[CROWD];
	unsigned int n = 0;
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (held_make(&held) || sched_setaffinity(0, sizeof(set), &set))
		_exit(0);	/* this kernel cannot do that */
	prctl(PR_SET_NAME, "one of many");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	while (n < CROWD && !pthread_create(&threads[n], &small, open_held, NULL))
		n++;
	err = held_await(&held, n);
	/* There may be a limit for processes. */
	for (unsigned int i = 0; i < DROPPED && n == CROWD; i++)
		open_plain(&done->dropped[i], "one-too-many", "one-too-many");
	err |= held_release(&held, "held");
	for (unsigned int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	_exit(err ? 1 : 0);
}

static int run(void (*child)(void))
{
	pid_t pid = workload_fork(WORKLOAD_HERE);
	int status;

	if (!pid)
		child();
	return pid < 0 || waitpid(pid, &status, 0) != pid || status ? -1 : 0;
}

static int round_(unsigned int first, unsigned int n)
{
	int err = 0, status;

	for (unsigned int p = 0; p <= PROCESSES; p++) {
		const bool outside = p == PROCESSES;
		pid_t pid = workload_fork(outside ? WORKLOAD_BESIDE :
					  p == BELOW ? WORKLOAD_BELOW : WORKLOAD_HERE);

		if (pid < 0) {
			perror("file_events: cannot start a process");
			return -1;
		}
		if (!pid)
			process(outside ? OUTSIDER : p, outside, first, n);
	}
	for (int p = 0; p <= PROCESSES; p++)
		if (wait(&status) < 0 || status)
			err = -1;
	if (err)
		fprintf(stderr, "file_events: a file could not be opened as it should\n");
	nr_done = first + n;
	/* Not if the rings are small: they may have no room for more. */
	if (first == (workload_brief ? 0 : PER_ROUND) && n == PER_ROUND)
		err |= run(open_refused);
	/* A dynamic linker would open files, too. */
	if (first == 2 * PER_ROUND && n == PER_ROUND && !getauxval(AT_BASE))
		err |= run(exec_from_thread);
	if (n == STORM)
		err |= run(open_crowd);
	return err;
}

static void print_one(const char *kind, const struct file_events_event *e)
{
	report(kind,
	       DEC("pid", e->pid),
	       DEC("tid", e->tid),
	       DEC("uid", e->uid),
	       STR("comm", e->comm, sizeof(e->comm)),
	       HEX("flags", e->flags),
	       INT("result", e->result),
	       STR("file", e->file, sizeof(e->file)));
}

/* Prints those that were made, and returns how many they are. */
static unsigned int print_some(const char *kind, const struct file_events_event *e, unsigned int n)
{
	unsigned int made = 0;

	for (; n--; e++) {
		if (!e->pid)
			continue;
		print_one(kind, e);
		made++;
	}
	return made;
}

static void print_expected(void)
{
	unsigned int unmatched, dropped;

	for (unsigned int i = 0; i < nr_done; i++)
		print_one("open", &done->event[i]);
	print_some("open", &done->before_exec, 1);
	print_some("open", &done->after_exec, 1);
	print_some("open", done->crowd, CROWD);
	/* Who pairs exits with enters cannot report these, but counts them. */
	dropped = print_some("open", done->dropped, DROPPED);
	if (dropped)
		dropped += CROWD - FILE_EVENTS_MAX_STARTS;
	unmatched = dropped + print_some("open?", done->refused, REFUSED);
	report("calls",
	       DEC("dropped", dropped),
	       DEC("unmatched", unmatched),
	       INT("start_error", dropped ? -E2BIG : 0));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Opens files by awkward names, in several processes and threads.",
		.events = 650,
		.most = MAX_EVENTS,
		.per_round = PER_ROUND,
		.storm = STORM,
		.record = sizeof(struct file_events_event),
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	const char *fd = getenv(CHILD);

	return fd ? executed(fd) : workload_main(argc, argv, &workload);
}
