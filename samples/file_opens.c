// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens.c - the workload: processes and threads that call openat(2) and end.
 *
 * An event is a process.  Its threads begin at the same moment, each on a CPU of its
 * own, with a name that nobody has opened before, so that two CPUs make the entries of
 * one process and of one name at once.  Then come names that were opened before, names
 * with any byte value, too long ones, some that are equal after they are cut, some with
 * the same hash, one on a page that nobody has touched, and an unreadable address.  When
 * the opens are reported, all processes but this one have ended.  No file is really
 * opened: the directory's descriptor is invalid, so that openat(2) fails after the
 * kernel has read the name.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "file_opens.h"
#include "report.h"
#include "workload.h"

#define MAX_EVENTS	8000	/* 16,000 threads, each of which may have a map entry */
#define THREADS		3	/* at most */
#define LONG		300	/* bytes of a name: more than the record takes */
#define NO_DIRECTORY	-9

enum kind { ONE, EMPTY, ANY_BYTE, FULL, CUT, CUT_TOO, HASH, HASH_TOO, COLD, NOWHERE, KINDS };

static __u32 *pids;		/* [MAX_EVENTS], shared with the children */
static unsigned int nr_done, nr_rounds;
static char kind_names[KINDS][LONG + 1];
static int cold_fd = -1;
static long cpus, page;

static bool has_zero(__u64 word)
{
	return !!memchr(&word, 0, sizeof(word));
}

/* Makes two names of two words each that have the same hash, also if both go on equally. */
static void make_collision(char *name, char *other)
{
	__u64 words[2], others[2];

	memcpy(words, "the-same", 8);
	memcpy(words + 1, "-hash-as", 8);
	memcpy(others, "another0", 8);
	do {
		others[0] += 1ULL << 56;	/* its last letter */
		others[1] = words[1] ^ file_opens_hash(FILE_OPENS_HASH, words[0]) ^
			    file_opens_hash(FILE_OPENS_HASH, others[0]);
	} while (has_zero(others[1]));
	memcpy(name, words, sizeof(words));
	memcpy(other, others, sizeof(others));
}

static int setup(void)
{
	page = sysconf(_SC_PAGESIZE);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);	/* it opens a file, so not during a round */
	pids = mmap(NULL, MAX_EVENTS * sizeof(*pids), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	strcpy(kind_names[ONE], "a");
	for (int i = 1; i < 256; i++)
		kind_names[ANY_BYTE][i - 1] = i;
	memset(kind_names[FULL], 'f', FILE_OPENS_NAME_LEN - 1);
	memset(kind_names[CUT], 'f', LONG);	/* equal to FULL after it is cut */
	memset(kind_names[CUT_TOO], 'c', LONG);
	kind_names[CUT_TOO][FILE_OPENS_NAME_LEN - 1] = 'x';
	make_collision(kind_names[HASH], kind_names[HASH_TOO]);
	strcpy(kind_names[COLD], "on a page that nobody has touched");
	cold_fd = memfd_create("cold", MFD_CLOEXEC);
	if (pids == MAP_FAILED || cold_fd < 0 ||
	    pwrite(cold_fd, kind_names[COLD], LONG, 0) != LONG) {
		perror("file_opens: cannot make the names");
		return -1;
	}
	return 0;
}

/* ---- what an event does, and what is expected of it ---- */

static unsigned int threads_of(unsigned int event)
{
	return 1 + event % THREADS;
}

static unsigned int opens_of(unsigned int event, unsigned int thread)
{
	/* Sometimes many, so that two CPUs do add to one count at the same time. */
	return 3 + (event + thread) % 5 + (event % 10 ? 0 : 100);
}

static enum kind kind_of(unsigned int event, unsigned int thread, unsigned int i)
{
	/* First a new name, then one of the kinds, then names that all processes share. */
	return i == 1 ? (event + thread) % KINDS : KINDS;
}

static void name_of(unsigned int event, unsigned int thread, unsigned int i, char *name)
{
	enum kind kind = kind_of(event, thread, i);

	if (i == 0)
		snprintf(name, LONG, "new-%u", event);
	else if (kind < KINDS)
		strcpy(name, kind_names[kind]);
	else
		snprintf(name, LONG, "shared-%u", i % 2);
}

static void comm_of(unsigned int event, char *comm)
{
	memset(comm, 0, FILE_OPENS_COMM_LEN);
	snprintf(comm, FILE_OPENS_COMM_LEN, event % 5 ? "opens-%u" : "any\n %%\xfe=%u",
		 event % 60);
}

/* ---- the work ---- */

static void open_one(unsigned int event, unsigned int thread, unsigned int i)
{
	enum kind kind = kind_of(event, thread, i);
	char name[LONG + 1], *at = name;

	name_of(event, thread, i, name);
	if (kind == NOWHERE)
		at = NULL;
	if (kind == COLD)
		at = mmap(NULL, page, PROT_READ, MAP_PRIVATE, cold_fd, 0);
	syscall(SYS_openat, NO_DIRECTORY, at, O_RDONLY, 0);
	if (kind == COLD)
		munmap(at, page);
}

/* Calls that would also open a file, but are not openat(2). */
static void open_otherwise(unsigned int event)
{
	if (event % 2)
		syscall(437 /* openat2 */, NO_DIRECTORY, "openat2", (__u64[3]) { O_RDONLY }, 24);
#ifdef SYS_open
	else
		syscall(SYS_open, "/does/not/exist", O_RDONLY);
#endif
}

struct share {
	unsigned int event, thread, *waiting;
};

static void *opens(void *arg)
{
	const struct share *s = arg;
	cpu_set_t set;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&set);
	CPU_SET((s->event + s->thread) % cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);
	/* All threads begin together, as far as there are CPUs for them. */
	__atomic_sub_fetch(s->waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(s->waiting, __ATOMIC_SEQ_CST))
		sched_yield();
	for (unsigned int i = 0; i < opens_of(s->event, s->thread); i++) {
		open_one(s->event, s->thread, i);
		if (!i)
			prctl(PR_SET_NAME, "another-comm");
	}
	open_otherwise(s->event);
	return NULL;
}

static void process(unsigned int event)
{
	unsigned int threads = threads_of(event), waiting = threads;
	struct share shares[THREADS];
	char comm[FILE_OPENS_COMM_LEN];
	pthread_t thread[THREADS];

	pids[event] = getpid();
	comm_of(event, comm);
	prctl(PR_SET_NAME, comm);
	for (unsigned int t = 0; t < threads; t++) {
		shares[t] = (struct share){ .event = event, .thread = t, .waiting = &waiting };
		if (t && pthread_create(&thread[t], NULL, opens, &shares[t]))
			_exit(1);
	}
	opens(&shares[0]);
	for (unsigned int t = 1; t < threads; t++)
		pthread_join(thread[t], NULL);
	_exit(0);
}

static int round_(unsigned int first, unsigned int n)
{
	int err = 0, status;

	syscall(SYS_openat, NO_DIRECTORY, "by the one that lives", O_RDONLY, 0);
	/* All are started before the first wait(2), so that no pid is used again. */
	for (unsigned int i = first; i < first + n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (!pid)
			process(i);
	}
	for (unsigned int i = 0; i < n; i++)
		if (wait(&status) < 0 || status)
			err = -1;
	if (err)
		fprintf(stderr, "file_opens: a process did not open what it should\n");
	nr_done = first + n;
	nr_rounds++;
	return err;
}

/* ---- the expected records ---- */

struct count {
	char name[FILE_OPENS_NAME_LEN];		/* cut, as in the contract */
	__u64 opens;
};

static struct count *counts;
static size_t nr_counts;

static void count(const char *name, __u64 opens)
{
	struct count *c = &counts[nr_counts++];

	memcpy(c->name, name, strnlen(name, sizeof(c->name) - 1));
	c->opens = opens;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct count *)a)->name, ((const struct count *)b)->name);
}

static void print_expected_names(void)
{
	char name[LONG + 1];
	size_t opens = 0;

	for (unsigned int event = 0; event < nr_done; event++)
		for (unsigned int t = 0; t < threads_of(event); t++)
			opens += opens_of(event, t);
	counts = calloc(opens + 1, sizeof(*counts));
	if (!counts) {
		perror("file_opens");
		exit(1);
	}
	for (unsigned int event = 0; event < nr_done; event++)
		for (unsigned int t = 0; t < threads_of(event); t++)
			for (unsigned int i = 0; i < opens_of(event, t); i++) {
				name_of(event, t, i, name);
				count(name, 1);
			}
	count("by the one that lives", nr_rounds);
	qsort(counts, nr_counts, sizeof(*counts), by_name);
	for (size_t i = 0, next; i < nr_counts; i = next) {
		for (next = i + 1; next < nr_counts && !by_name(&counts[i], &counts[next]); next++)
			counts[i].opens += counts[next].opens;
		report("file",
		       DEC("opens", counts[i].opens),
		       STR("name", counts[i].name, sizeof(counts[i].name)));
	}
}

static void process_is(__u64 opens, __u32 pid, const char *comm)
{
	report("process",
	       DEC("opens", opens),
	       DEC("pid", pid),
	       BOUNDS("first_ago", 0, ~0ULL),
	       BOUNDS("last_ago", 0, ~0ULL),
	       STR("comm", comm, FILE_OPENS_COMM_LEN));
}

static void print_expected(void)
{
	char comm[FILE_OPENS_COMM_LEN];

	prctl(PR_GET_NAME, comm);
	process_is(nr_rounds, getpid(), comm);
	for (unsigned int event = 0; event < nr_done; event++) {
		__u64 opens = 0;

		if (!pids[event])
			continue;	/* already added to an earlier event */
		/* A pid may be used again in a later round. */
		for (unsigned int e = event; e < nr_done; e++) {
			if (pids[e] != pids[event])
				continue;
			for (unsigned int t = 0; t < threads_of(e); t++)
				opens += opens_of(e, t);
			if (e != event)
				pids[e] = 0;
		}
		comm_of(event, comm);
		process_is(opens, pids[event], comm);
	}
	print_expected_names();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Opens names by many processes that end, several threads at once.",
		.events = 300,
		.most = MAX_EVENTS,
		.per_round = 100,
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
