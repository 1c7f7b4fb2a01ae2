// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.c - the workload: short-lived processes, each with two threads
 * that write at the same moment on two CPUs.
 *
 * A careless BPF program gets that moment wrong: both threads make the first call of
 * their process, so two CPUs make the same map entry; and every later call of one thread
 * may fall between the load and the store of the other.  The threads wait for each other
 * before each call, and most calls write more than those before, so that two CPUs raise the
 * same maximum.  Their last writes together are the largest ones, and differ by a byte.
 * Processes make different numbers of calls, so that errors cannot cancel out.  Some calls
 * fail, some write less than they were given, some write so much that the sum does not fit
 * into 32 bits, and writev, pwrite and calls of the 32-bit interface do not count.
 *
 * Every second process is in a cgroup below the one that is observed.  Beside some of them
 * a process with the same comm writes at the same time, in a cgroup that is not observed.
 * The threads change their comm after their first call, by which the comm is known.  The pids
 * of some processes differ by a multiple of what the map takes, so that a simple hash of
 * theirs is the same.
 *
 * To fill up the map, many more processes make one call each in the end.  What it does not
 * take, a variant has to count as lost.  An entry that is there goes on counting.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "report.h"
#include "workload.h"
#include "write_count.h"

#define THREADS		2
#define FEWEST		3	/* events of a process; the next process does one more, */
#define MOST		7	/* up to this number, and then it begins again */
#define SPINS		10000	/* before a thread that waits lets others run */
#define MAX_EVENTS	4000	/* by about 800 processes */
#define FILLERS		(WRITE_COUNT_MAX_PROCESSES + 16)
#define PER_ROUND	1000
#define PAGE		4096
#define HUGE		0x7ffff000L	/* the most that one call writes */

/* What one thread did. */
struct done {
	__u64 calls, bytes, largest;
};

/* What one process did, in memory that the forked processes share. */
struct process {
	__u32 pid;
	struct done done;
	char comm[WRITE_COUNT_COMM_LEN];
};

struct job {
	unsigned int me, first, n;	/* the events of the process */
	bool huge;			/* some of its writes are huge */
	int err;
	struct done done;
};

static struct process *processes;	/* [MAX_EVENTS + 1]; the last is not observed */
static unsigned int nr_processes;
static pid_t fillers[FILLERS];
static bool *used;			/* pids, while it fills the map */
static bool filled;
static char buffer[4 * PAGE];
static void *low;		/* for 32-bit calls */
static int null_fd, last_pid_fd;
static unsigned int gate;	/* how many threads are ready */

/* Makes one write(2), which must return @want. */
static int write_one(struct job *job, int fd, size_t size, long want)
{
	long ret = syscall(SYS_write, fd, buffer, size);

	job->done.calls++;
	if (ret > 0)
		job->done.bytes += ret;
	if (ret > 0 && job->done.largest < (__u64)ret)
		job->done.largest = ret;
	return ret != want;
}

/* A write that is too large for a pipe of one page: it writes only that page. */
static int write_short(struct job *job)
{
	int fds[2], room, err = 1;

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC))
		return 1;
	room = fcntl(fds[1], F_SETPIPE_SZ, PAGE);
	if (room > 0 && room < (int)sizeof(buffer))
		err = write_one(job, fds[1], sizeof(buffer), room);
	else	/* this machine has larger pages */
		err = write_one(job, fds[1], PAGE, PAGE);
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int event(struct job *job, unsigned int i)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = 1 };
	long size;

	switch (i % 16) {
	case 2:
	case 3:
	case 4:
		size = job->huge ? HUGE - 2 * PAGE : 1;
		return write_one(job, null_fd, size, size);
	case 5:
		return write_short(job);
	case 9:
		workload_call32(WORKLOAD32_WRITE, null_fd, (long)low, 1);
		return write_one(job, null_fd, 0, 0);
	case 12:
		return write_one(job, -1, 1, -1) || writev(null_fd, &iov, 1) != 1 ||
		       pwrite(null_fd, buffer, 1, 0) != 1;
	default:
		size = 2 * PAGE + i % PAGE;
		return write_one(job, null_fd, size, size);
	}
}

/* Waits until all threads are here for the @n-th time: what comes then is at the same moment. */
static void meet(unsigned int n)
{
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; __atomic_load_n(&gate, __ATOMIC_SEQ_CST) < n * THREADS; i++)
		if (i > SPINS)
			sched_yield();
}

static void *work(void *arg)
{
	struct job *job = arg;
	unsigned int pairs = job->n / THREADS, pair = 0;
	/* That of the first thread, which may make one more call: the last is not the largest. */
	long largest = (job->huge ? HUGE - PAGE : 3 * PAGE) + job->first % (PAGE - 1) + !job->me;
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(job->me % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);

	for (unsigned int i = job->me; i < job->n; i += THREADS) {
		if (++pair <= pairs)
			meet(pair);
		/* The largest writes are one pair, and no other one hides it if one is lost. */
		if (pair == pairs)
			job->err |= write_one(job, null_fd, largest, largest);
		else
			job->err |= event(job, job->first + i);
		if (pair == 1)
			prctl(PR_SET_NAME, "later");
	}
	return NULL;
}

static void process(struct process *p, unsigned int first, unsigned int n)
{
	struct job jobs[THREADS] = { 0 };
	pthread_t thread;

	prctl(PR_SET_NAME, p->comm);
	for (unsigned int t = 0; t < THREADS; t++) {
		jobs[t].me = t;
		jobs[t].first = first;
		jobs[t].n = n;
		jobs[t].huge = n % 4 == 3;
	}
	if (pthread_create(&thread, NULL, work, &jobs[1]))
		_exit(1);
	work(&jobs[0]);
	pthread_join(thread, NULL);

	p->pid = workload_pid();
	for (unsigned int t = 0; t < THREADS; t++) {
		p->done.calls += jobs[t].done.calls;
		p->done.bytes += jobs[t].done.bytes;
		if (p->done.largest < jobs[t].done.largest)
			p->done.largest = jobs[t].done.largest;
	}
	_exit(jobs[0].err || jobs[1].err);
}

static int setup(void)
{
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	last_pid_fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	low = workload_memory32(1);
	processes = mmap(NULL, (MAX_EVENTS + 1) * sizeof(*processes),
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (null_fd < 0 || processes == MAP_FAILED) {
		perror("write_count: cannot open /dev/null or get memory");
		return -1;
	}
	return low ? workload_cgroups() : -1;
}

/* A child at @place does the events; its log is @p.  Returns its pid. */
static pid_t start(enum workload_place place, struct process *p, unsigned int first,
		   unsigned int n)
{
	pid_t pid = workload_fork(place);

	if (!pid)
		process(p, first, n);
	return pid;
}

static bool ended_well(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

#ifdef __x86_64__
/*
 * The number of write(2) is that of the 32-bit exit(2), which never returns.  Here a 32-bit
 * call with this number does: in the middle of a fork the number is changed from outside.
 */
static int disguise(void)
{
	unsigned long forked;
	int status, err;
	pid_t pid;

	if (!workload_has_call32())
		return 0;
	pid = workload_fork(WORKLOAD_HERE);
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
			_exit(1);
		pid = workload_call32_here(2 /* fork */, 0, 0, 0);
		_exit(pid > 0 && (waitpid(pid, &status, 0) != pid || status));
	}
	err = waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	      ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL) ||
	      ptrace(PTRACE_CONT, pid, 0, 0) || waitpid(pid, &status, 0) != pid;
	if (err || status >> 8 != (SIGTRAP | PTRACE_EVENT_FORK << 8))
		return -1;
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), SYS_write) ||
	       ptrace(PTRACE_GETEVENTMSG, pid, 0, &forked) ||
	       waitpid(forked, &status, __WALL) != (pid_t)forked ||
	       ptrace(PTRACE_DETACH, forked, 0, 0) || ptrace(PTRACE_DETACH, pid, 0, 0) ||
	       !ended_well(pid);
}
#else
/* Another call, or on s390 the same one, has that number, and returns. */
static int disguise(void)
{
	workload_call32(SYS_write, -1, (long)low, 1);
	return 0;
}
#endif

/* Lets the next process have the pid of the first one and what the map takes, if it may. */
static void repeat_pids(void)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u",
			   processes[0].pid + WRITE_COUNT_MAX_PROCESSES - 1);

	/* Not by write(2), which would be counted. */
	if (pwrite(last_pid_fd, text, len, 0) != len)
		return;
}

/* It shares the memory of its parent, which waits. */
static int filler(void *arg)
{
	pid_t *pid = arg, me = getpid();

	prctl(PR_SET_NAME, "filler");
	/* An entry that was there before would have this call. */
	if (used[me])
		return 0;
	used[me] = true;
	*pid = me;
	return syscall(SYS_write, null_fd, buffer, 1) != 1;
}

/* So many processes that the map has no room for the last ones. */
static int fill(void)
{
	static char stack[PAGE] __attribute__((aligned(16)));
	bool well = syscall(SYS_write, null_fd, buffer, 1) == 1;

	used = calloc(WORKLOAD_MAX_PID + 1, sizeof(*used));
	if (!used)
		return -1;
	for (unsigned int i = 0; i < nr_processes; i++)
		used[processes[i].pid] = true;
	for (unsigned int i = 0; i < FILLERS && well; i += !!fillers[i])
		well = ended_well(clone(filler, stack + sizeof(stack),
					CLONE_VM | CLONE_VFORK | SIGCHLD, &fillers[i]));
	well = well && syscall(SYS_write, null_fd, buffer, 1) == 1;
	if (!well)
		fprintf(stderr, "write_count: cannot fill the map\n");
	filled = well;
	free(used);
	return well ? 0 : -1;
}

static int round_(unsigned int first, unsigned int n)
{
	unsigned int last = first + n, share;
	struct process *outsider = &processes[MAX_EVENTS];

	if (disguise()) {
		fprintf(stderr, "write_count: cannot change the number of a 32-bit call\n");
		return -1;
	}
	if (first == 2 * PER_ROUND)
		repeat_pids();
	for (; first < last; first += share, nr_processes++) {
		struct process *p = &processes[nr_processes];
		bool twin = nr_processes % 8 == 0, well = true;
		pid_t pid, other = 0;

		share = FEWEST + nr_processes % (MOST - FEWEST + 1);
		if (share > last - first)
			share = last - first;
		/* Every second one has the longest comm, so the next one has less than it. */
		snprintf(p->comm, sizeof(p->comm), nr_processes % 2 ? "w%u" : "writes-%08u",
			 nr_processes);
		memcpy(outsider->comm, p->comm, sizeof(p->comm));
		if (twin)
			other = start(WORKLOAD_BESIDE, outsider, first, share + 1);
		pid = start(nr_processes % 2 ? WORKLOAD_BELOW : WORKLOAD_HERE, p, first, share);
		well = ended_well(pid);
		if (twin && !ended_well(other))
			well = false;
		if (!well) {
			fprintf(stderr, "write_count: a write did not do what it should\n");
			return -1;
		}
	}
	return 0;
}

static void print_process(const struct done *done, pid_t pid, const char *comm, const char *kind)
{
	report(kind,
	       DEC("calls", done->calls),
	       BYTES("bytes", done->bytes),
	       BYTES("largest", done->largest),
	       DEC("pid", pid),
	       STR("comm", comm, WRITE_COUNT_COMM_LEN));
}

static void print_expected(void)
{
	for (unsigned int i = 0; i < nr_processes; i++) {
		struct done sum = { 0 };

		if (!processes[i].done.calls)
			continue;
		/* Variants cannot tell two processes apart that had the same pid. */
		for (unsigned int j = i; j < nr_processes; j++) {
			struct done *done = &processes[j].done;

			if (processes[j].pid != processes[i].pid)
				continue;
			sum.calls += done->calls;
			sum.bytes += done->bytes;
			if (sum.largest < done->largest)
				sum.largest = done->largest;
			done->calls = 0;
		}
		print_process(&sum, processes[i].pid, processes[i].comm, "process");
	}
	if (filled) {
		char comm[WRITE_COUNT_COMM_LEN] = "";

		prctl(PR_GET_NAME, comm);
		print_process(&(struct done){ 2, 2, 1 }, getpid(), comm, "process");
		for (unsigned int i = 0; i < FILLERS; i++)
			print_process(&(struct done){ 1, 1, 1 }, fillers[i],
				      "filler\0\0\0\0\0\0\0\0\0", "process?");
	}
	report("losses",
	       INT("error", filled ? -E2BIG : 0));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Short-lived processes call write(2) from two threads at once, on two CPUs.",
		.events = MAX_EVENTS,
		.most = MAX_EVENTS,
		.per_round = PER_ROUND,
		.setup = setup,
		.round = round_,
		.fill = fill,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
