// SPDX-License-Identifier: GPL-2.0
/*
 * execmon.c - the workload: a known number of successful execs, and as many
 * that fail.
 *
 * What is executed is this program itself, under names that a sloppy observer
 * gets wrong: longer than a comm, longer than the record, with any byte in
 * them, a script, a descriptor, and from a thread that is not the first one.
 * An executed child says what its comm is; all the rest is known beforehand.
 * The names live on a tmpfs that is mounted nowhere: nothing is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
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
#define SHARES		6	/* 1 + 2 + 3: each does a number of its own */
#define CHILD		"BPF_EVOLUTION_CHILD"	/* its value: a socket */

#define X50		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define DEEP		X50 X50 "/" X50 X50 "/" X50 X50

enum { PLAIN, SHORT, FULL_COMM, LONG_COMM, ANY_BYTE, LONG_PATH, SCRIPT, DESCRIPTOR, KINDS };

static const char *const names[KINDS] = {
	[PLAIN] = "./execmon-child",
	[SHORT] = "x",
	[FULL_COMM] = "./fifteen-letters",
	[LONG_COMM] = "./" X50,
	[ANY_BYTE] = "./a b=c\\d\n\t\"%s\xff\x01",
	[LONG_PATH] = DEEP "/at-the-end",
	[SCRIPT] = "./script.sh",
};

static struct execmon_event *done;	/* [MAX_EVENTS], shared with the children */
static unsigned int nr_done;
static int self_fd = -1, data_fd = -1;

/* In a process that was executed: says its comm to the one that waits. */
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
	int to = open(names[PLAIN], O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
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
		if (link(names[PLAIN], names[i]))
			return -1;
	script = open(names[SCRIPT], O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (script < 0 || dprintf(script, "#!%s\n", names[PLAIN]) < 0 || close(script))
		return -1;
	/* For the execs that fail: a directory, and a file that is no program. */
	data_fd = open("./data", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (data_fd < 0 || dprintf(data_fd, "no program\n") < 0 || close(data_fd))
		return -1;
	self_fd = open(names[PLAIN], O_RDONLY);	/* not close-on-exec */
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
	unsigned int kind;
	char *env[2];
};

static void *launch(void *arg)
{
	struct launch *l = arg;
	char *argv[] = { "child", NULL };

	/* Three that fail, and must not be seen: */
	execve("./does-not-exist", argv, l->env);
	execve(".", argv, l->env);
	execve("./data", argv, l->env);
	if (l->kind == DESCRIPTOR)
		syscall(SYS_execveat, self_fd, "", argv, l->env, 0x1000 /* AT_EMPTY_PATH */);
	else
		execve(names[l->kind], argv, l->env);
	_exit(1);
}

/* One event: a child that execs.  What it did is in done[event]. */
static int exec_one(unsigned int event)
{
	struct execmon_event *e = &done[event];
	struct launch l = { .kind = event % KINDS };
	char env[sizeof(CHILD) + 12];
	int pair[2], status;
	pthread_t thread;
	pid_t pid;

	e->uid = event % 5 ? 0 : 1000 + event % 7;
	e->ppid = getpid();
	/* One end survives the exec: the child's. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	snprintf(env, sizeof(env), CHILD "=%d", pair[1]);
	l.env[0] = env;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		close(pair[0]);
		if (e->uid && (syscall(SYS_setresuid, e->uid, e->uid, e->uid)))
			_exit(1);
		if (event % 3 == 1 && !pthread_create(&thread, NULL, launch, &l))
			pthread_join(thread, NULL);
		launch(&l);
	}
	close(pair[1]);
	e->pid = pid;
	if (l.kind == DESCRIPTOR)
		snprintf(e->file, sizeof(e->file), "/dev/fd/%d", self_fd);
	else
		snprintf(e->file, sizeof(e->file), "%s", names[l.kind]);
	if (recv(pair[0], e->comm, sizeof(e->comm), MSG_WAITALL) != sizeof(e->comm) ||
	    waitpid(pid, &status, 0) != pid || status)
		return -1;
	return close(pair[0]);
}

static unsigned int parent_of(unsigned int event)
{
	static const unsigned int parents[SHARES] = { 0, 1, 1, 2, 2, 2 };

	return parents[event % SHARES];
}

static void parent(unsigned int me, unsigned int first, unsigned int n)
{
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(me % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (unsigned int i = first; i < first + n; i++)
		if (parent_of(i) == me && exec_one(i))
			_exit(1);
	_exit(0);
}

static int round_(unsigned int first, unsigned int n)
{
	int err = 0, status;

	for (unsigned int p = 0; p < PARENTS; p++) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (!pid)
			parent(p, first, n);
	}
	for (int p = 0; p < PARENTS; p++)
		if (wait(&status) < 0 || status)
			err = -1;
	if (err)
		fprintf(stderr, "execmon: a program that should have run did not\n");
	nr_done = first + n;
	return err;
}

static void truth(void)
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
		.per_round = 50,
		.setup = setup,
		.round = round_,
		.truth = truth,
	};
	const char *child = getenv(CHILD);

	if (child)
		return executed(child);
	return workload_main(argc, argv, &workload);
}
