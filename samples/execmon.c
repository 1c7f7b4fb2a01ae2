// SPDX-License-Identifier: GPL-2.0
/*
 * execmon.c - the workload: a known number of successful execs, and as many
 * that fail.
 *
 * The workload executes itself, under names that a sloppy observer gets wrong: longer
 * than a comm, longer than the record, with any byte in them; as a script, by a
 * descriptor, and from a thread that is not the first one.  Two processes also execute
 * a new name at the same moment, on two CPUs.  An executed child tells the workload its
 * comm; the rest of a record is known before.  The names are on a tmpfs that is mounted
 * nowhere, so that the kernel removes them at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "execmon.h"
#include "report.h"
#include "workload.h"

#define MAX_EVENTS	100000
#define PARENTS		3	/* processes that fork and exec at once */
#define SHARES		6	/* 1 + 2 + 3: each parent does a different number */
#define MAX_NAMES	512	/* new names, then they are used again */
#define CHILD		"BPF_EVOLUTION_CHILD"	/* its value: a socket */

#define X50		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define DEEP		X50 X50 "/" X50 X50 "/" X50 X50

enum { NEW, NEW_TOO, FULL_COMM, LONG_COMM, ANY_BYTE, LONG_PATH, SCRIPT, DESCRIPTOR, KINDS };

static const char program[] = "./execmon-child";
static const char *const names[KINDS] = {
	[FULL_COMM] = "./fifteen-letters",
	[LONG_COMM] = "./" X50,
	[ANY_BYTE] = "./a b=c\\d\n\t\"%s\xff\x01",
	[LONG_PATH] = DEEP "/at-the-end",
	[SCRIPT] = "./script.sh",
};

static struct execmon_event *done;	/* [MAX_EVENTS], shared with the children */
static unsigned int nr_done;
static unsigned int gate;		/* how many of two are not yet ready to exec */
static int self_fd = -1, data_fd = -1;

/* In a child after its exec: sends its comm to its parent, which waits for it. */
static int executed(const char *fd)
{
	char comm[EXECMON_COMM_LEN] = "";

	prctl(PR_GET_NAME, comm);
	return send(atoi(fd), comm, sizeof(comm), 0) != sizeof(comm);
}

static int copy_self(void)
{
	struct stat st;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(program, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	off_t off = 0;

	if (from < 0 || to < 0 || fstat(from, &st))
		return -1;
	while (off < st.st_size)
		if (sendfile(to, from, &off, st.st_size - off) <= 0)
			return -1;
	close(from);
	return close(to);
}

static int make_names(void)
{
	char dir[] = DEEP;
	int script;

	umask(022);
	for (char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755))
			return -1;
		*slash = '/';
	}
	if (mkdir(dir, 0755) || copy_self())
		return -1;
	for (int i = FULL_COMM; i < SCRIPT; i++)
		if (link(program, names[i]))
			return -1;
	script = open(names[SCRIPT], O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (script < 0 || dprintf(script, "#!%s\n", program) < 0 || close(script))
		return -1;
	/* For the execs that fail: a directory, and a file that is no program. */
	data_fd = open("./data", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (data_fd < 0 || dprintf(data_fd, "no program\n") < 0 || close(data_fd))
		return -1;
	self_fd = open(program, O_RDONLY);	/* not close-on-exec */
	return self_fd < 0 ? -1 : 0;
}

static int setup(void)
{
	done = mmap(NULL, MAX_EVENTS * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (done == MAP_FAILED) {
		perror("execmon: no memory");
		return -1;
	}
	if (workload_scratch("755"))
		return -1;
	if (make_names()) {
		perror("execmon: cannot make the programs to execute");
		return -1;
	}
	return 0;
}

struct launch {
	unsigned int event;
	char env[sizeof(CHILD) + 12];
	int pair[2];
};

static bool is_new(unsigned int event)
{
	return event % KINDS <= NEW_TOO;
}

static void make_path(unsigned int event, char *path, size_t size)
{
	const char *name = names[event % KINDS];

	if (name)
		snprintf(path, size, "%s", name);
	else if (event % KINDS == DESCRIPTOR)
		snprintf(path, size, "/dev/fd/%d", self_fd);
	else	/* four execs: the first two make the entry, the others add to it */
		snprintf(path, size, "new-%u", event / (2 * KINDS) % MAX_NAMES);
}

static void pin(unsigned int cpu)
{
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void *launch(void *arg)
{
	struct launch *l = arg;
	char *argv[] = { "child", NULL }, *env[] = { l->env, NULL };
	char path[sizeof(DEEP) + 32];

	make_path(l->event, path, sizeof(path));
	/* Three execs that fail, and must not be counted: */
	execve("./does-not-exist", argv, env);
	execve(".", argv, env);
	execve("./data", argv, env);
	if (is_new(l->event)) {
		__atomic_sub_fetch(&gate, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST))
			sched_yield();
	}
	if (l->event % KINDS == DESCRIPTOR)
		syscall(SYS_execveat, self_fd, "", argv, env, 0x1000 /* AT_EMPTY_PATH */);
	else
		execve(path, argv, env);
	_exit(1);
}

static int child(void *arg)
{
	struct launch *l = arg;
	const struct execmon_event *e = &done[l->event];
	pthread_t thread;

	close(l->pair[0]);
	if (is_new(l->event))
		pin(l->event / KINDS + l->event % KINDS);
	if (e->uid && (syscall(SYS_setresuid, e->uid, e->uid, e->uid)))
		_exit(1);
	if (l->event % 3 == 1 && !is_new(l->event) &&
	    !pthread_create(&thread, NULL, launch, l))
		pthread_join(thread, NULL);
	launch(l);
	return 1;
}

/*
 * One event: a child that execs.  Its expected record is in done[event].  The two
 * children that exec at the same moment share their parent's memory (CLONE_VM): an exec
 * that has to free its own memory takes longer, and the two would hardly ever meet.
 */
static int start(struct launch *l, unsigned int event)
{
	static char stacks[2][65536] __attribute__((aligned(16)));
	struct execmon_event *e = &done[event];
	pid_t pid;

	l->event = event;
	e->uid = event % 5 ? 0 : 1000 + event % 7;
	e->ppid = getpid();
	make_path(event, e->file, sizeof(e->file));
	/* The child's end stays open in its exec. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, l->pair))
		return -1;
	snprintf(l->env, sizeof(l->env), CHILD "=%d", l->pair[1]);
	if (is_new(event))
		pid = clone(child, stacks[event % KINDS + 1], CLONE_VM | SIGCHLD, l);
	else
		pid = fork();
	if (!pid)
		child(l);
	close(l->pair[1]);
	e->pid = pid;
	return pid < 0 ? -1 : 0;
}

static int finish(struct launch *l)
{
	struct execmon_event *e = &done[l->event];
	int status;

	if (recv(l->pair[0], e->comm, sizeof(e->comm), MSG_WAITALL) != sizeof(e->comm) ||
	    waitpid(e->pid, &status, 0) != (pid_t)e->pid || status)
		return -1;
	return close(l->pair[0]);
}

/* Execs a new name in two children at once, or in the first one alone. */
static int exec_new(unsigned int event, bool both)
{
	struct launch one, two;
	char path[32];

	make_path(event, path, sizeof(path));
	if (link(program, path) && errno != EEXIST)
		return -1;
	gate = both ? 2 : 1;
	if (start(&one, event))
		return -1;
	if (both && start(&two, event + 1)) {
		gate = 0;
		return -1;
	}
	return finish(&one) || (both && finish(&two)) ? -1 : 0;
}

struct share {
	unsigned int parent, first, n;
	int err;
};

static void *execs(void *arg)
{
	static const unsigned int parents[SHARES] = { 0, 1, 1, 2, 2, 2 };
	struct share *s = arg;
	struct launch l;

	for (unsigned int i = s->first; i < s->first + s->n; i++)
		if (!is_new(i) && parents[i % SHARES] == s->parent)
			s->err |= start(&l, i) || finish(&l);
	return NULL;
}

static void parent(struct share *s)
{
	pthread_t thread;

	pin(s->parent);
	/* A thread that is not the first one may be a parent, too. */
	if (s->parent != 1 || pthread_create(&thread, NULL, execs, s))
		execs(s);
	else
		pthread_join(thread, NULL);
	_exit(s->err ? 1 : 0);
}

static int round_(unsigned int first, unsigned int n)
{
	int err = 0, status;

	for (unsigned int i = first; i < first + n; i++)
		if (i % KINDS == NEW)
			err |= exec_new(i, i + 1 < first + n);
	for (unsigned int p = 0; p < PARENTS; p++) {
		struct share share = { .parent = p, .first = first, .n = n };
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (!pid)
			parent(&share);
	}
	for (int p = 0; p < PARENTS; p++)
		if (wait(&status) < 0 || status)
			err = -1;
	if (err)
		fprintf(stderr, "execmon: a program that should have run did not\n");
	nr_done = first + n;
	return err;
}

static void print_expected(void)
{
	bool counted[MAX_EVENTS] = { 0 };

	for (unsigned int i = 0; i < nr_done; i++)
		report("exec",
		       DEC("pid", done[i].pid),
		       DEC("ppid", done[i].ppid),
		       DEC("uid", done[i].uid),
		       STR("comm", done[i].comm, sizeof(done[i].comm)),
		       STR("file", done[i].file, sizeof(done[i].file)));
	for (unsigned int i = 0; i < nr_done; i++) {
		__u64 execs = 0;

		if (counted[i])
			continue;
		for (unsigned int j = i; j < nr_done; j++) {
			if (!strncmp(done[i].comm, done[j].comm, sizeof(done[i].comm))) {
				counted[j] = true;
				execs++;
			}
		}
		report("count",
		       DEC("execs", execs),
		       STR("comm", done[i].comm, sizeof(done[i].comm)));
	}
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Executes programs with awkward names, by several parents, on every CPU.",
		.events = 200,
		.most = MAX_EVENTS,
		.per_round = 50,	/* even: see exec_new() */
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};
	const char *child = getenv(CHILD);

	if (child)
		return executed(child);
	return workload_main(argc, argv, &workload);
}
