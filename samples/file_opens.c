// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens.c - the workload: processes and threads that call openat(2) and end.
 *
 * An event is a process.  Its threads begin at the same moment, each on a CPU of its own,
 * with a name that nobody has opened before, so that two CPUs make the entries of one
 * process and of one name at once.  Then come names that were opened before, names with any
 * byte value, too long ones, some that are equal after they are cut, one at the end of
 * readable memory, one on a page that nobody has touched, and an unreadable address.  When
 * the opens are reported, all processes but this one have ended.  No file is really opened:
 * the directory's descriptor is invalid, so that openat(2) fails after the kernel has read
 * the name.
 *
 * Before that, this process opens names whose keys on the legacy side belong to other
 * names: see make_neighbours().  A thread executes another program, and goes on as the only
 * thread of its process.  Some processes are in a cgroup below, and beside are processes
 * that do the same more often, and are not observed.  Each process reads the clock before
 * and after its first and its last call: what is observed must lie between.
 *
 * To fill up the maps, so many calls are under way that the legacy side has no room for one
 * more, and there are more names and processes than all have room for.
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
#include <time.h>
#include <unistd.h>

#include <linux/types.h>

#include "file_opens.h"
#include "held.h"
#include "observe.h"
#include "report.h"
#include "workload.h"

#define MAX_EVENTS	400
#define PER_ROUND	100
#define THREADS		3	/* at most */
#define LONG		300	/* bytes of a name: more than the record takes */
#define NO_DIRECTORY	-9
#define GAP		200000	/* ns between the last call of a process and those before */

/* The last kind stands for all names of make_neighbours(). */
enum kind { ONE, EMPTY, ANY_BYTE, FULL, CUT, CUT_TOO, COLD, NOWHERE, NEIGHBOUR, KINDS };

/* When something happened: between these. */
struct bounds {
	__u64 low, high;
};

struct done {
	__u32 pid;
	struct bounds first, last;
};

#define REFUSED		2
#define CROWD		FILE_OPENS_MAX_STARTS
#define DROPPED		2
#define FILLERS		(FILE_OPENS_MAX_PROCESSES + 40)

/* The environment of a program that a thread has executed: the descriptor of `shared`. */
#define CHILD		"FILE_OPENS_CHILD"

/* Shared with the children: */
static struct {
	struct done event[MAX_EVENTS];
	struct done refused[REFUSED];
	struct done executed;		/* by a thread */
	struct done crowd;		/* has many calls under way at once */
	struct done dropped[DROPPED];	/* whose calls were too many then */
	struct done filler[FILLERS];
	unsigned int nr_crowd;
	bool others_ended;		/* of a round: all but the one that runs alone */
	/* In a time namespace, BPF programs have another clock. */
	__u64 clock_offset, clock_error;
} *shared;
static int shared_fd = -1;
static struct done mine;	/* of this process */
static unsigned int nr_filler_names;
static unsigned int nr_done, nr_rounds;
static char kind_names[KINDS][LONG + 1];
static int cold_fd = -1;
static char *edge;		/* memory can be read up to here */
static long cpus, page;
static char *low;		/* a name that 32-bit calls can point to */

/* ---- the clock ---- */

static __u64 clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);	/* no system call, but a function of the vdso */
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void set_clock(void)
{
	__u64 now = clock_now();

	shared->clock_offset = observe_ktime() - now;
	shared->clock_error = clock_now() - now;
}

static __u64 before(void)
{
	return clock_now() + shared->clock_offset - shared->clock_error;
}

static __u64 after(void)
{
	return clock_now() + shared->clock_offset + shared->clock_error;
}

/* ---- names whose keys belong to others ---- */

#define WORDS		(FILE_OPENS_WORDS - 1)	/* the last one has a NUL */
#define SAME_HASH	(FILE_OPENS_SLOTS + 1)
#define LAST_WORD	3
#define NEIGHBOURS	(6 * WORDS + LAST_WORD + (FILE_OPENS_SLOTS - 1) * SAME_HASH)

static struct neighbour {
	struct file_opens_name n;
	__u64 key;
	unsigned int slot;	/* its key is the hash of the name and this */
	__u64 opens;
} neighbours[NEIGHBOURS + MAX_EVENTS];
static unsigned int nr_neighbours;
static unsigned int nr_mine;	/* those that this process opens; behind come the new names */
static struct file_opens_name new_names[MAX_EVENTS];

static bool has_zero(__u64 word)
{
	return !!memchr(&word, 0, sizeof(word));
}

/* What file_opens_hash() made @hash of: the xor of the hash before and of the word. */
static __u64 unhash(__u64 hash)
{
	const __u64 prime = 0x100000001b3ULL;
	__u64 inverse = prime;

	for (int i = 0; i < 5; i++)		/* Newton's method: each step doubles the bits */
		inverse *= 2 - prime * inverse;
	return (hash ^ hash >> 32) * inverse;
}

/* Changes the word number @word so that the name has @hash.  Returns false if it has a NUL then. */
static bool give_hash(struct file_opens_name *name, unsigned int word, __u64 hash)
{
	__u64 words[FILE_OPENS_WORDS], before = FILE_OPENS_HASH;

	memcpy(words, name, sizeof(words));
	for (unsigned int i = 0; i < word; i++)
		before = file_opens_hash(before, words[i]);
	for (unsigned int i = FILE_OPENS_WORDS - 1; i > word; i--)
		hash = unhash(hash) ^ words[i];
	words[word] = unhash(hash) ^ before;
	memcpy(name, words, sizeof(words));
	return !has_zero(words[word]);
}

/*
 * It gets the first key from its hash on that no name before it has.  If that is too far away,
 * the legacy side cannot count it.
 */
static void add_neighbour(const struct file_opens_name *name)
{
	struct neighbour *new = &neighbours[nr_neighbours];

	new->n = *name;
	new->key = file_opens_key(name);
	new->slot = 0;
	for (unsigned int i = 0; i < nr_neighbours; i++)
		if (neighbours[i].key == new->key) {
			new->key++;
			new->slot++;
			i = -1;
		}
	nr_neighbours++;
}

/*
 * Makes names that differ only in one word, with hashes that follow each other.  Names with one
 * hash always differ in two words, so a program that does not compare all words shows itself
 * only if it meets another name at a key that is not the hash of that name.
 */
static bool make_neighbours_in(unsigned int word, struct file_opens_name name)
{
	const unsigned int other = (word + 1) % WORDS;
	const __u64 hash = file_opens_key(&name);
	struct file_opens_name names[6];

	for (int i = 0; i < 6; i++)
		names[i] = name;
	/* Two that are different, at the keys hash - 1 and hash; the others are at those behind. */
	for (int i = 0; i < 2; i++) {
		names[i].name[8 * word] ^= 0x20;
		if (!give_hash(&names[i], other, hash - 1 + i))
			return false;
	}
	if (!give_hash(&names[2], word, hash - 1) || !give_hash(&names[3], word, hash + 1) ||
	    !give_hash(&names[4], word, hash + 2))
		return false;
	/* The last one meets all but the first, and finds no place. */
	for (int i = 0; i < 6; i++)
		add_neighbour(&names[i]);
	return true;
}

/*
 * The same for the last word, in which a name has few bytes of its own: the third name meets the
 * second one, which has the key behind its hash.
 */
static bool make_neighbours_in_last(struct file_opens_name name)
{
	/*
	 * In the name with the next hash the last byte has to be a NUL, too.  It is the highest
	 * byte of its word, and is one by chance, as the next hash differs in many bits; or it is
	 * the lowest (big endian), for which the two hashes are the same: unhash() folds, and
	 * 0xff ^ 0x7f is 0x00 ^ 0x80.
	 */
	const __u64 hash = file_opens_key(&name) >> 40 << 40 | 0x7fffffffff;
	struct file_opens_name first = name, third;

	first.name[0] ^= 0x20;
	if (!give_hash(&first, 1, hash) || !give_hash(&name, 1, hash))
		return false;
	third = name;
	give_hash(&third, WORDS, hash + 1);
	if (strnlen(third.name, FILE_OPENS_NAME_LEN) != FILE_OPENS_NAME_LEN - 1)
		return false;
	add_neighbour(&first);
	add_neighbour(&name);
	add_neighbour(&third);
	return true;
}

/*
 * Makes names with the same hash: one more than there are keys that are tried.  The lower half of
 * the key of number @carry is 0.
 */
static bool make_same_hash(struct file_opens_name name, unsigned int carry)
{
	const __u64 hash = (file_opens_key(&name) | 0xffffffff) - carry + 1;
	struct file_opens_name names[SAME_HASH];

	for (int i = 0; i < SAME_HASH; i++) {
		names[i] = name;
		names[i].name[0] = 'a' + i;
		if (!give_hash(&names[i], 1, hash))
			return false;
	}
	for (int i = 0; i < SAME_HASH; i++)
		add_neighbour(&names[i]);
	return true;
}

static bool has_place(const struct neighbour *neighbour)
{
	return neighbour->slot < FILE_OPENS_SLOTS;
}

static void number_word(struct file_opens_name *name, unsigned int word, unsigned int number)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%08u", number);
	memcpy(name->name + 8 * word, digits, 8);
}

static void make_neighbours(void)
{
	struct file_opens_name name = {};

	for (unsigned int set = 0; set < WORDS + FILE_OPENS_SLOTS; set++) {
		unsigned int attempt = 0;
		bool made;

		do {
			for (unsigned int i = 0; i < FILE_OPENS_NAME_LEN - 1; i++)
				name.name[i] = 'A' + (i / 8 + 5 * i + 11 * set + attempt) % 57;
			/* Another workload, which may run at the same time, has other names. */
			number_word(&name, 2, 10000 * set + attempt / 57);
			number_word(&name, 3, getpid());
			attempt++;
			made = set < WORDS ? make_neighbours_in(set, name) :
			       set == WORDS ? make_neighbours_in_last(name) :
			       make_same_hash(name, set - WORDS);
		} while (!made);
	}
	nr_mine = nr_neighbours;
}

/*
 * The names that nobody has opened before.  In each round after the first one they have the hashes
 * of those of the first round, so that threads that open one at once make an entry at another key
 * than its hash.
 */
static void make_new_names(void)
{
	for (unsigned int event = 0; event < MAX_EVENTS; event++) {
		struct file_opens_name *name = &new_names[event];
		char attempt = 'a';

		do {
			memset(name, 0, sizeof(*name));
			snprintf(name->name, sizeof(name->name), "new-%04u", event);
			number_word(name, 1, getpid());
			if (event >= PER_ROUND)
				name->name[16] = attempt++;
		} while (event >= PER_ROUND &&
			 !give_hash(name, 1, file_opens_key(&new_names[event % PER_ROUND])));
	}
}

/* How often this process opens it.  With --brief nothing may be lost. */
static unsigned int opened_by_me(const struct neighbour *neighbour)
{
	return has_place(neighbour) ? 2 : !workload_brief;
}

static void run_on(long cpu)
{
	cpu_set_t set;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int map_shared(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	return shared == MAP_FAILED ? -1 : 0;
}

static int setup(void)
{
	shared_fd = memfd_create("shared", 0);	/* stays open in an exec */
	if (shared_fd < 0 || ftruncate(shared_fd, sizeof(*shared)) || map_shared()) {
		perror("file_opens: no memory");
		return -1;
	}
	page = sysconf(_SC_PAGESIZE);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);	/* it opens a file, so not during a round */
	set_clock();				/* and so does this */
	run_on(sched_getcpu());		/* the last error of a loss is that of one CPU */
	if (workload_cgroups())
		return -1;
	low = workload_memory32(page);
	if (!low)
		return -1;
	strcpy(low, "by a 32-bit call");
	strcpy(kind_names[ONE], "a");
	for (int i = 1; i < 256; i++)
		kind_names[ANY_BYTE][i - 1] = i;
	memset(kind_names[FULL], 'f', FILE_OPENS_NAME_LEN - 1);
	memset(kind_names[CUT], 'f', LONG);	/* equal to FULL after it is cut */
	memset(kind_names[CUT_TOO], 'c', LONG);
	kind_names[CUT_TOO][FILE_OPENS_NAME_LEN - 1] = 'x';
	strcpy(kind_names[COLD], "on a page that nobody has touched");
	make_neighbours();
	make_new_names();
	cold_fd = memfd_create("cold", MFD_CLOEXEC);
	edge = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (edge == MAP_FAILED || mprotect(edge + page, page, PROT_NONE) || cold_fd < 0 ||
	    pwrite(cold_fd, kind_names[COLD], LONG, 0) != LONG) {
		perror("file_opens: cannot make the names");
		return -1;
	}
	edge += page;
	strcpy(edge - sizeof("a"), "a");
	return 0;
}

/* ---- what an event does, and what is expected of it ---- */

/* Some processes make one call only. */
static bool opens_once(unsigned int event)
{
	return event % 8 == 7;
}

/* One in each round runs when all others have ended, so that its threads do run at once. */
static bool runs_alone(unsigned int event)
{
	return event % PER_ROUND == 41;
}

static unsigned int threads_of(unsigned int event)
{
	return opens_once(event) ? 1 : runs_alone(event) ? THREADS : 1 + event % THREADS;
}

/* The calls of a thread.  In the end, a process makes one more. */
static unsigned int opens_of(unsigned int event, unsigned int thread)
{
	if (opens_once(event))
		return 1;
	/* Then many, so that two CPUs do add to one count at the same time. */
	return 3 + (event + thread) % 5 + (runs_alone(event) ? 500 : 0);
}

static __u64 opens_of_process(unsigned int event)
{
	__u64 opens = !opens_once(event);

	for (unsigned int t = 0; t < threads_of(event); t++)
		opens += opens_of(event, t);
	return opens;
}

static enum kind kind_of(unsigned int event, unsigned int thread, unsigned int i)
{
	/* First a new name, then one of the kinds, then names that all processes share. */
	return i == 1 ? (event + thread) % KINDS : KINDS;
}

/* A neighbour that has a place: two that follow each other may have none. */
static const struct neighbour *neighbour_for(unsigned int event)
{
	const struct neighbour *neighbour = &neighbours[event % nr_mine];

	return has_place(neighbour) ? neighbour : &neighbours[0];
}

static void name_of(unsigned int event, unsigned int thread, unsigned int i, char *name)
{
	enum kind kind = kind_of(event, thread, i);

	if (i == 0)
		strcpy(name, new_names[event].name);
	else if (kind == NEIGHBOUR)
		strcpy(name, neighbour_for(event)->n.name);
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

static struct bounds open_name(const char *name)
{
	struct bounds when;

	when.low = before();
	syscall(SYS_openat, NO_DIRECTORY, name, O_RDONLY, 0);
	when.high = after();
	return when;
}

static struct bounds open_one(unsigned int event, unsigned int thread, unsigned int i)
{
	enum kind kind = kind_of(event, thread, i);
	char name[LONG + 1], *at = name;
	struct bounds when;

	name_of(event, thread, i, name);
	if (kind == ONE)
		at = edge - sizeof("a");
	if (kind == NOWHERE)
		at = NULL;
	if (kind == COLD)
		at = mmap(NULL, page, PROT_READ, MAP_PRIVATE, cold_fd, 0);
	when = open_name(at);
	if (kind == COLD)
		munmap(at, page);
	return when;
}

/* Calls that also open a file, or have openat(2)'s number in the other (32/64-bit) table. */
static void open_otherwise(unsigned int event)
{
	switch (event % 4) {
#ifdef SYS_open
	case 0:
		syscall(SYS_open, "/does/not/exist", O_RDONLY);
		break;
#endif
	case 1:
		syscall(437 /* openat2 */, NO_DIRECTORY, "openat2", (__u64[3]) { O_RDONLY }, 24);
		break;
	case 2:
		workload_call32(WORKLOAD32_OPENAT, NO_DIRECTORY, (long)low, O_RDONLY);
		break;
	case 3:
		/* On x86 it is remap_file_pages(2), on arm64 there is none. */
		workload_call32(SYS_openat, NO_DIRECTORY, (long)low, O_RDONLY);
		break;
	}
}

struct share {
	unsigned int event, thread, more, *waiting;
	struct bounds first;
};

static void *opens(void *arg)
{
	struct share *s = arg;

	run_on((s->event + s->thread) % cpus);
	/* All threads begin together, as far as there are CPUs for them. */
	__atomic_sub_fetch(s->waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(s->waiting, __ATOMIC_SEQ_CST))
		sched_yield();
	for (unsigned int i = 0; i < opens_of(s->event, s->thread) + s->more; i++) {
		struct bounds when = open_one(s->event, s->thread, i);

		if (i)
			continue;
		s->first = when;
		prctl(PR_SET_NAME, "another-comm");
	}
	open_otherwise(s->event);
	return NULL;
}

/* Each thread makes @more calls than are expected: for a process that is not observed. */
static void process(unsigned int event, unsigned int more)
{
	const struct timespec gap = { .tv_nsec = GAP };
	unsigned int threads = threads_of(event), waiting = threads;
	struct share shares[THREADS];
	char comm[FILE_OPENS_COMM_LEN];
	pthread_t thread[THREADS];
	struct done log = { .pid = workload_pid() };

	while (runs_alone(event) && !__atomic_load_n(&shared->others_ended, __ATOMIC_SEQ_CST))
		nanosleep(&gap, NULL);
	comm_of(event, comm);
	prctl(PR_SET_NAME, comm);
	for (unsigned int t = 0; t < threads; t++) {
		shares[t] = (struct share){
			.event = event, .thread = t, .more = more, .waiting = &waiting
		};
		if (t && pthread_create(&thread[t], NULL, opens, &shares[t]))
			_exit(1);
	}
	opens(&shares[0]);
	log.first = shares[0].first;
	for (unsigned int t = 1; t < threads; t++) {
		pthread_join(thread[t], NULL);
		/* When the call that returned first has returned, there is an entry. */
		if (shares[t].first.low < log.first.low)
			log.first.low = shares[t].first.low;
		if (shares[t].first.high < log.first.high)
			log.first.high = shares[t].first.high;
	}
	log.last = log.first;
	if (!opens_once(event)) {
		nanosleep(&gap, NULL);
		log.last = open_name("the last one");
	}
	if (!more)
		shared->event[event] = log;
	_exit(0);
}

/* What this process itself opens: first each name that meets others, twice if it has a place. */
static void open_mine(void)
{
	if (!nr_rounds) {
		mine.first = open_name("by the one that lives");
		for (unsigned int times = 1; times <= 2; times++)
			for (unsigned int i = 0; i < nr_mine; i++)
				if (opened_by_me(&neighbours[i]) >= times)
					open_name(neighbours[i].n.name);
	}
	mine.last = open_name("by the one that lives");
}

/* A process that makes one call, and ends. */
static void __attribute__((noreturn)) open_once(struct done *log, const char *name)
{
	log->first = open_name(name);
	log->last = log->first;
	log->pid = getpid();
	_exit(0);
}

static unsigned int refused_calls(void)
{
	return workload_brief ? 100 : 1;
}

/*
 * Its call is refused, so the legacy side sees the exit only.  With --brief, when an observer must
 * not lose anything else, there are more such calls than it makes itself.
 */
static void open_refused(unsigned int i)
{
	char name[LONG];

	snprintf(name, sizeof(name), "refused-%u", i);
	prctl(PR_SET_NAME, "refused");
	if (workload_refuse(SYS_openat))
		_exit(0);	/* this kernel cannot do that */
	for (unsigned int k = 1; k < refused_calls(); k++)
		open_name(name);
	open_once(&shared->refused[i], name);
}

/* Runs @child in a process of its own, and waits for it. */
static int run(void (*child)(unsigned int i), unsigned int i)
{
	pid_t pid = workload_fork(WORKLOAD_HERE);
	int status;

	if (!pid)
		child(i);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status ? -1 : 0;
}

static void *execs(void *unused)
{
	char env[sizeof(CHILD) + 12], *const argv[] = { "file_opens", NULL };

	(void)unused;
	open_name("by a thread");
	snprintf(env, sizeof(env), "%s=%d", CHILD, shared_fd);
	execve("/proc/self/exe", argv, (char *[]){ env, NULL });
	_exit(1);
}

/*
 * A thread that is not the first one executes a program.  Then it is the only thread of the
 * process, and its tid is the one that the first thread had.
 */
static void exec_from_thread(unsigned int unused)
{
	pthread_t thread;

	(void)unused;
	prctl(PR_SET_NAME, "execs");
	shared->executed.first = open_name("by the first thread");
	/* As often as the other thread will have opened something. */
	open_name("by the first thread");
	if (!pthread_create(&thread, NULL, execs, NULL))
		pthread_join(thread, NULL);
	_exit(1);
}

/* What the program does that exec_from_thread() executes. */
static int executed(const char *fd)
{
	const struct timespec gap = { .tv_nsec = GAP };

	shared_fd = atoi(fd);
	if (map_shared())
		return 1;
	nanosleep(&gap, NULL);
	shared->executed.last = open_name("the last one");
	shared->executed.pid = getpid();
	return 0;
}

/* It is one call too many for the legacy side, which sees the exit only. */
static void open_dropped(unsigned int i)
{
	char name[LONG];

	snprintf(name, sizeof(name), "dropped-%u", i);
	prctl(PR_SET_NAME, "dropped");
	open_once(&shared->dropped[i], name);
}

static struct held held;

static void *open_held(void *high)
{
	*(__u64 *)high = open_name(held.page).high;
	return NULL;
}

/* As many calls are under way as the legacy side has room for, and then there are more. */
static void open_crowd(unsigned int unused)
{
	const struct timespec gap = { .tv_nsec = GAP };
	struct done log = { .pid = workload_pid() };
	pthread_t threads[CROWD];
	pthread_attr_t small;
	__u64 high[CROWD];
	unsigned int n = 0;
	int err;

	(void)unused;
	if (held_make(&held))
		_exit(0);	/* this kernel cannot do that */
	prctl(PR_SET_NAME, "one of many");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	while (n < CROWD && !pthread_create(&threads[n], &small, open_held, &high[n]))
		n++;
	err = held_await(&held, n);
	/* There may be a limit for processes. */
	for (unsigned int i = 0; i < DROPPED && n == CROWD; i++)
		err |= run(open_dropped, i);
	log.first.low = before();
	err |= held_release(&held, "held");
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		if (!i || high[i] < log.first.high)
			log.first.high = high[i];
	}
	nanosleep(&gap, NULL);
	log.last = open_name("the last one");
	if (!n)
		log.first = log.last;
	shared->crowd = log;
	shared->nr_crowd = n;
	_exit(err ? 1 : 0);
}

static void *nothing(void *unused)
{
	return unused;
}

/* Its threads end, and none has opened anything: that needs no room. */
static void open_nothing(unsigned int threads)
{
	pthread_t thread;

	while (threads--)
		if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
			_exit(1);
	_exit(0);
}

/* Fills up the tables: with calls under way, names, and processes that make one call each. */
static int fill(void)
{
	bool *used = calloc(WORKLOAD_MAX_PID + 1, sizeof(*used));
	char name[LONG];
	int status;

	if (!used || run(open_nothing, FILE_OPENS_MAX_PROCESSES - CROWD) || run(open_crowd, 0))
		return -1;
	for (unsigned int i = 0; i < FILE_OPENS_MAX_NAMES; i++) {
		snprintf(name, sizeof(name), "filler-%u", i);
		mine.last = open_name(name);
		nr_filler_names++;
	}
	for (unsigned int i = 0; i < MAX_EVENTS; i++)
		used[shared->event[i].pid] = true;
	used[shared->executed.pid] = true;
	used[shared->crowd.pid] = true;
	for (unsigned int i = 0; i < REFUSED; i++)
		used[shared->refused[i].pid] = true;
	for (unsigned int i = 0; i < DROPPED; i++)
		used[shared->dropped[i].pid] = true;
	for (unsigned int i = 0; i < FILLERS; i += !!shared->filler[i].pid) {
		/* It shares the memory of this process, which waits: that is faster. */
		pid_t pid = vfork();

		if (!pid) {
			/* A process that was there before would have this count. */
			if (used[getpid()])
				_exit(0);
			prctl(PR_SET_NAME, "filler");
			open_once(&shared->filler[i], "the last one");
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return -1;
		used[pid] = true;
	}
	free(used);
	return 0;
}

/* Starts the process of an event, and sometimes one that is not observed.  Returns how many. */
static int start(unsigned int event)
{
	const bool outsider = event % 10 == 0;

	for (unsigned int more = 0; more <= outsider; more++) {
		pid_t pid = workload_fork(more ? WORKLOAD_BESIDE :
					  event % 4 == 1 ? WORKLOAD_BELOW : WORKLOAD_HERE);

		if (pid < 0)
			return -1;
		if (!pid)
			process(event, more);
	}
	return 1 + outsider;
}

static int round_(unsigned int first, unsigned int n)
{
	int err = 0, status, children = 0, alone = 0, started;

	open_mine();
	shared->others_ended = false;
	/* All are started before the first wait(2), so that no pid is used again. */
	for (unsigned int i = first; i < first + n; i++) {
		started = start(i);
		if (started < 0) {
			perror("file_opens: cannot start a process");
			return -1;
		}
		children += started;
		alone += runs_alone(i);
	}
	for (int i = 0; i < children; i++) {
		if (i == children - alone)
			__atomic_store_n(&shared->others_ended, true, __ATOMIC_SEQ_CST);
		if (wait(&status) < 0 || status)
			err = -1;
	}
	if (err)
		fprintf(stderr, "file_opens: a process did not open what it should\n");
	nr_done = first + n;
	nr_rounds++;
	for (unsigned int i = 0; i < REFUSED && nr_rounds == 1; i++)
		err |= run(open_refused, i);
	/* A dynamic linker would open files, too. */
	if (nr_rounds == 2 && !getauxval(AT_BASE))
		err |= run(exec_from_thread, 0);
	return err;
}

/* ---- the expected records ---- */

struct count {
	struct file_opens_name n;		/* cut, as in the contract */
	__u64 opens;
};

static struct count *counts;
static size_t nr_counts;

static void count(const char *name, __u64 opens)
{
	struct count *c = &counts[nr_counts++];

	memcpy(c->n.name, name, strnlen(name, sizeof(c->n.name) - 1));
	c->opens = opens;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct count *)a)->n.name, ((const struct count *)b)->n.name);
}

static struct neighbour *neighbour_of(const struct file_opens_name *name)
{
	for (unsigned int i = 0; i < nr_neighbours; i++)
		if (!strcmp(neighbours[i].n.name, name->name))
			return &neighbours[i];
	return NULL;
}

/* Each open of a name tries the keys from its hash on, up to its own. */
static __u64 collisions_at(__u64 key)
{
	__u64 collisions = 0;

	for (unsigned int i = 0; i < nr_neighbours; i++)
		if (neighbours[i].key - neighbours[i].slot <= key && key < neighbours[i].key)
			collisions += neighbours[i].opens;
	return collisions;
}

static void count_names(void)
{
	char name[LONG + 1];
	__u64 opens = 0, all;

	for (unsigned int event = 0; event < nr_done; event++)
		opens += opens_of_process(event);
	/* Behind the events come, at most, so many other names and the one that many open. */
	all = opens + nr_neighbours + REFUSED + DROPPED + nr_filler_names + 8;
	counts = calloc(all, sizeof(*counts));
	if (!counts) {
		perror("file_opens");
		exit(1);
	}
	for (unsigned int event = 0; event < nr_done; event++) {
		for (unsigned int t = 0; t < threads_of(event); t++)
			for (unsigned int i = 0; i < opens_of(event, t); i++) {
				name_of(event, t, i, name);
				count(name, 1);
			}
		if (!opens_once(event))
			count("the last one", 1);
	}
	for (unsigned int i = 0; i < nr_mine; i++)
		if (opened_by_me(&neighbours[i]))
			count(neighbours[i].n.name, opened_by_me(&neighbours[i]));
	for (unsigned int i = 0; i < REFUSED && !workload_brief; i++) {
		snprintf(name, sizeof(name), "refused-%u", i);
		if (shared->refused[i].pid)
			count(name, 1);
	}
	if (shared->executed.pid) {
		count("by the first thread", 2);
		count("by a thread", 1);
		count("the last one", 1);
	}
	if (shared->crowd.pid) {
		count("held", shared->nr_crowd);
		count("the last one", 1);
	}
	for (unsigned int i = 0; i < DROPPED; i++) {
		snprintf(name, sizeof(name), "dropped-%u", i);
		if (shared->dropped[i].pid)
			count(name, 1);
	}
	for (unsigned int i = 0; i < nr_filler_names; i++) {
		snprintf(name, sizeof(name), "filler-%u", i);
		count(name, 1);
	}
	count("by the one that lives", 1 + nr_rounds);
	if (nr_filler_names)
		count("the last one", FILLERS);
}

/*
 * Can a correct observer lose it?  On the legacy side, keys that belong to others, and calls
 * whose enter nobody sees; everywhere, a table that is full.  Such a name is opened once.
 */
static bool may_be_lost(const char *name, const struct neighbour *neighbour)
{
	return (neighbour && !has_place(neighbour)) || !strncmp(name, "refused-", 8) ||
	       !strncmp(name, "dropped-", 8) || !strncmp(name, "filler-", 7);
}

static void print_expected_names(void)
{
	size_t names = 0;

	/* Equal names become one. */
	qsort(counts, nr_counts, sizeof(*counts), by_name);
	for (size_t i = 0, next; i < nr_counts; i = next, names++) {
		for (next = i + 1; next < nr_counts && !by_name(&counts[i], &counts[next]); next++)
			counts[i].opens += counts[next].opens;
		counts[names] = counts[i];
	}
	for (size_t i = 0; i < names; i++) {
		struct neighbour *neighbour = neighbour_of(&counts[i].n);

		if (neighbour)
			neighbour->opens = counts[i].opens;
	}
	for (size_t i = 0; i < names; i++) {
		const struct neighbour *neighbour = neighbour_of(&counts[i].n);

		bool placed = neighbour && has_place(neighbour);

		report(may_be_lost(counts[i].n.name, neighbour) ? "file?" : "file",
		       DEC("opens", counts[i].opens),
		       DEC("slot", placed ? neighbour->slot : 0),
		       DEC("collisions", placed ? collisions_at(neighbour->key) : 0),
		       STR("name", counts[i].n.name, sizeof(counts[i].n.name)));
	}
}

static void process_is(const char *kind, __u64 opens, const struct done *log, const char *name)
{
	char comm[FILE_OPENS_COMM_LEN] = "";

	strcpy(comm, name);
	report(kind,
	       DEC("opens", opens),
	       DEC("pid", log->pid),
	       BOUNDS("first", log->first.low, log->first.high),
	       BOUNDS("last", log->last.low, log->last.high),
	       STR("comm", comm, FILE_OPENS_COMM_LEN));
}

/* Processes that made one call, and that some may lose.  Returns how many they are. */
static unsigned int may_lack(const struct done *log, unsigned int n, const char *comm)
{
	unsigned int made = 0;

	for (; n--; log++) {
		if (!log->pid)
			continue;
		process_is("process?", 1, log, comm);
		made++;
	}
	return made;
}

static unsigned int made_refused(void)
{
	unsigned int made = 0;

	for (int i = 0; i < REFUSED; i++)
		made += !!shared->refused[i].pid;
	return made;
}

static void print_expected(void)
{
	char comm[FILE_OPENS_COMM_LEN] = "";
	unsigned int names = 0, unmatched, dropped;
	struct done *event = shared->event;

	for (unsigned int i = 0; i < nr_mine; i++)
		names += opened_by_me(&neighbours[i]);
	for (unsigned int i = 0; i < nr_done; i++)
		add_neighbour(&new_names[i]);
	prctl(PR_GET_NAME, comm);
	mine.pid = getpid();
	process_is("process", 1 + nr_rounds + names + nr_filler_names, &mine, comm);
	for (unsigned int i = 0; i < nr_done; i++) {
		__u64 opens = 0;

		if (!event[i].pid)
			continue;	/* already added to an earlier event */
		/* A pid may be used again in a later round. */
		for (unsigned int k = i; k < nr_done; k++) {
			if (event[k].pid != event[i].pid)
				continue;
			opens += opens_of_process(k);
			event[i].last = event[k].last;
			if (k != i)
				event[k].pid = 0;
		}
		comm_of(i, comm);
		process_is("process", opens, &event[i], comm);
	}
	if (shared->executed.pid)
		process_is("process", 4, &shared->executed, "execs");
	if (shared->crowd.pid)
		process_is("process", shared->nr_crowd + 1, &shared->crowd, "one of many");
	dropped = may_lack(shared->dropped, DROPPED, "dropped");
	unmatched = dropped + made_refused() * refused_calls();
	if (!workload_brief)
		may_lack(shared->refused, REFUSED, "refused");
	may_lack(shared->filler, FILLERS, "filler");
	report("calls",
	       DEC("dropped", dropped),
	       DEC("unmatched", unmatched),
	       INT("process_error", nr_filler_names ? -E2BIG : 0),
	       INT("name_error", nr_filler_names ? -E2BIG : workload_brief ? 0 : -EEXIST),
	       INT("start_error", dropped ? -E2BIG : 0));
	count_names();
	print_expected_names();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Opens names by many processes that end, several threads at once.",
		.events = MAX_EVENTS,
		.most = MAX_EVENTS,
		.per_round = PER_ROUND,
		.setup = setup,
		.round = round_,
		.fill = fill,
		.expected = print_expected,
	};

	const char *fd = getenv(CHILD);

	return fd ? executed(fd) : workload_main(argc, argv, &workload);
}
