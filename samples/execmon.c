// SPDX-License-Identifier: GPL-2.0
/*
 * execmon.c - the workload: a known number of successful execs, and three times as many
 * that fail.
 *
 * The workload executes itself, under names that a sloppy observer gets wrong: longer
 * than a comm, as long as the record takes, longer, with any byte in them; as a script, by a
 * descriptor.  The children that do so have different uids and gids, are traced, have lost the
 * parent that forked them, have a thread that is not the first one do it, or are in a cgroup
 * below the observed one; and in one beside it others execute the same names at the same
 * time.  Two processes also execute a new name at the same moment, on two CPUs: more names
 * than there is room for in the table of counts.  Half of the new names have a long path, of
 * which something is found in the next records if a program does not clear its memory.  An
 * executed child tells the workload its comm; the rest of a record is known before.  The names
 * are on a tmpfs that is mounted nowhere, so that the kernel removes them at the end.
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
#include <sys/ptrace.h>
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
#define OUTSIDER	PARENTS	/* one more, which nobody may see */
#define PAIRS		4	/* of two processes that exec at the same moment */
#define CHILD		"BPF_EVOLUTION_CHILD"	/* its value: a socket */

#define X50		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define DEEP		X50 X50 "/" X50 X50 "/" X50 X50

/* What is executed; of a new name, two processes at once. */
enum {
	SHORT, FULL_COMM, LONG_COMM, ANY_BYTE, FULL_PATH, LONG_PATH, SCRIPT, DESCRIPTOR,
	NEW, KINDS = NEW + 2 * PAIRS
};

/* Who executes a name that is not new; each goes with each name. */
enum { PLAIN, THREAD, TRACED, ORPHAN, HOWS };

static const char program[] = "./execmon-child";
static const char *const names[NEW] = {
	[SHORT] = "x",
	[FULL_COMM] = "./fifteen-letters",
	[LONG_COMM] = "./" X50,
	[ANY_BYTE] = "./a b=c\\d\n\t\"%s\xff\x01",
	[FULL_PATH] = X50 X50 "/" X50 X50 "/y" X50 "yy",	/* EXECMON_FILE_LEN - 1 */
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
	for (int i = SHORT; i < SCRIPT; i++)
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
	/* The last one is for all that is not observed. */
	done = mmap(NULL, (MAX_EVENTS + 1) * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (done == MAP_FAILED) {
		perror("execmon: no memory");
		return -1;
	}
	if (workload_cgroups() || workload_scratch("755"))
		return -1;
	if (make_names()) {
		perror("execmon: cannot make the programs to execute");
		return -1;
	}
	return 0;
}

struct launch {
	unsigned int event;
	struct execmon_event *record;
	pid_t tracer;
	char env[sizeof(CHILD) + 12];
	int pair[2];
};

static bool is_new(unsigned int event)
{
	return event % KINDS >= NEW;
}

/* Of a new name: its number.  The last two pairs of each turn have the same one. */
static unsigned int number(unsigned int event)
{
	unsigned int pair = (event % KINDS - NEW) / 2, names = PAIRS - 1;

	return event / KINDS * names + (pair < names ? pair : names - 1);
}

static unsigned int how(unsigned int event)
{
	return is_new(event) ? PLAIN : event / KINDS % HOWS;
}

static void make_path(unsigned int event, char *path, size_t size)
{
	if (is_new(event))
		snprintf(path, size, "%snew-%u", event / 2 % 2 ? DEEP "/../../../" : "",
			 number(event));
	else if (event % KINDS == DESCRIPTOR)
		snprintf(path, size, "/dev/fd/%d", self_fd);
	else
		snprintf(path, size, "%s", names[event % KINDS]);
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
	char path[sizeof(DEEP) + 48];

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
	struct execmon_event *e = l->record;
	pthread_t thread;
	char go;

	close(l->pair[0]);
	if (is_new(l->event))
		pin(number(l->event) + l->event);
	/* Its tracer is there, or its parent has died and it has another one. */
	if ((how(l->event) == TRACED || how(l->event) == ORPHAN) &&
	    recv(l->pair[1], &go, 1, 0) != 1)
		_exit(1);
	e->pid = workload_pid();
	/* The record has the real uid; the others, and the gids, are that of nobody else here. */
	if (syscall(SYS_setresgid, e->uid ^ 0x40, e->uid ^ 0x40, e->uid ^ 0x40) ||
	    syscall(SYS_setresuid, e->uid, e->uid ^ 0x10, e->uid ^ 0x20))
		_exit(1);
	if (how(l->event) == THREAD && !pthread_create(&thread, NULL, launch, l))
		pthread_join(thread, NULL);
	launch(l);
	return 1;
}

/*
 * Traces a child from its exec to its end, so that the tracer is its `parent`, and lets it go.
 * If tracing is forbidden here (Yama), the child is one like others.
 */
static void __attribute__((noreturn)) trace(struct launch *l, pid_t pid)
{
	int status;

	ptrace(PTRACE_SEIZE, pid, NULL, NULL);
	if (send(l->pair[0], "", 1, MSG_NOSIGNAL) != 1)
		_exit(1);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, NULL, WSTOPSIG(status));
	_exit(0);
}

/*
 * One event: a child that execs.  Its expected record is in l->record.  The two
 * children that exec at the same moment share their parent's memory (CLONE_VM): an exec
 * that has to free its own memory takes longer, and the two would hardly ever meet.
 */
static int start(struct launch *l, unsigned int event, enum workload_place place)
{
	static const __u32 uids[] = { 0, 1000, 0x12345678, 70000, 0xfedcba98 };
	static char stacks[2][65536] __attribute__((aligned(16)));
	struct execmon_event *e = l->record;
	int status;
	pid_t pid;

	l->event = event;
	l->tracer = 0;
	e->ppid = getpid();
	e->uid = uids[event % 5];
	make_path(event, e->file, sizeof(e->file));
	/* The child's end stays open in its exec. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, l->pair))
		return -1;
	snprintf(l->env, sizeof(l->env), CHILD "=%d", l->pair[1]);
	if (is_new(event))
		pid = clone(child, stacks[event % 2 + 1], CLONE_VM | SIGCHLD, l);
	else
		pid = workload_fork(place);
	if (!pid && how(event) == ORPHAN && fork())
		_exit(0);
	if (!pid)
		child(l);
	close(l->pair[1]);
	if (pid < 0)
		return -1;
	if (how(event) == TRACED) {
		l->tracer = fork();
		if (!l->tracer)
			trace(l, pid);
	}
	/* Once it has been waited for, this process is the parent of its child. */
	if (how(event) == ORPHAN && (waitpid(pid, &status, 0) != pid || status ||
				     send(l->pair[0], "", 1, MSG_NOSIGNAL) != 1))
		return -1;
	return l->tracer < 0 ? -1 : 0;
}

static int finish(struct launch *l)
{
	struct execmon_event *e = l->record;
	int status;

	if (recv(l->pair[0], e->comm, sizeof(e->comm), MSG_WAITALL) != sizeof(e->comm) ||
	    (l->tracer && (waitpid(l->tracer, &status, 0) != l->tracer || status)) ||
	    waitpid(e->pid, &status, 0) != (pid_t)e->pid || status)
		return -1;
	return close(l->pair[0]);
}

/* Execs a new name in two children at once, or in the first one alone. */
static int exec_new(unsigned int event, bool both)
{
	struct launch one = { .record = &done[event] }, two = { .record = &done[event + 1] };
	char path[32];

	snprintf(path, sizeof(path), "new-%u", number(event));
	if (link(program, path) && errno != EEXIST)
		return -1;
	gate = both ? 2 : 1;
	if (start(&one, event, WORKLOAD_HERE))
		return -1;
	if (both && start(&two, event + 1, WORKLOAD_HERE)) {
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

	for (unsigned int i = s->first; i < s->first + s->n; i++) {
		bool outside = s->parent == OUTSIDER;
		struct launch l = { .record = &done[outside ? MAX_EVENTS : i] };
		enum workload_place place = outside ? WORKLOAD_BESIDE :
					    i % 5 < 2 && how(i) != ORPHAN ? WORKLOAD_BELOW :
					    WORKLOAD_HERE;

		if (!is_new(i) && (outside ? i % 3 == 0 : parents[i % SHARES] == s->parent))
			s->err |= start(&l, i, place) || finish(&l);
	}
	return NULL;
}

static void parent(struct share *s)
{
	pthread_t thread;

	pin(s->parent);
	/* Children that lose their parent become its own. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
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
		if (is_new(i) && i % 2 == 0)
			err |= exec_new(i, i + 1 < first + n);
	for (unsigned int p = 0; p <= OUTSIDER; p++) {
		struct share share = { .parent = p, .first = first, .n = n };
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (!pid)
			parent(&share);
	}
	for (unsigned int p = 0; p <= OUTSIDER; p++)
		if (wait(&status) < 0 || status)
			err = -1;
	if (err)
		fprintf(stderr, "execmon: a program that should have run did not\n");
	nr_done = first + n;
	return err;
}

/* Each name that is not new is counted in the first round, so the last new ones are left. */
static bool has_room(unsigned int event)
{
	return !is_new(event) || NEW + number(event) < EXECMON_MAX_COMMS;
}

static void print_expected(void)
{
	bool counted[MAX_EVENTS] = { 0 };
	__u64 uncounted = 0;

	for (unsigned int i = 0; i < nr_done; i++)
		report("exec",
		       DEC("pid", done[i].pid),
		       DEC("ppid", done[i].ppid),
		       DEC("uid", done[i].uid),
		       STR("comm", done[i].comm, sizeof(done[i].comm)),
		       STR("file", done[i].file, sizeof(done[i].file)));
	for (unsigned int i = 0; i < nr_done; i++) {
		__u64 execs = 0;

		uncounted += !has_room(i);
		if (counted[i] || !has_room(i))
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
	if (uncounted)
		report("uncounted", DEC("execs", uncounted));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Executes programs with awkward names, by several parents, on every CPU.",
		.events = 33 * KINDS,
		.most = MAX_EVENTS,
		.per_round = 3 * KINDS,	/* even: see exec_new() */
		.record = sizeof(struct execmon_event),
		.storm = 6 * KINDS,
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};
	const char *child = getenv(CHILD);

	if (child)
		return executed(child);
	return workload_main(argc, argv, &workload);
}
