// SPDX-License-Identifier: GPL-2.0
/*
 * noise - other processes that do, outside of the observed cgroup, what the
 * families observe: write, exec, open.  Nothing of it may be counted.  Each of them works for a
 * quarter of the time, so that in an emulated guest the tests beside them get on.
 *
 *	noise [-m]			until stdin ends, or a signal like SIGTERM
 *	noise [-m] -- COMMAND...	while COMMAND runs; exits with its status
 *
 * -m reads a BPF map in a loop on every CPU.  While bpf(2) reads a map, it
 * keeps kprobe and tracepoint programs from running on that CPU; if it is
 * preempted there (preempt=full), they miss what others do meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "inherit.h"
#include "permission.h"

#define MAP_READERS	3	/* on each CPU: one of them should be preempted */
#define BURST_US	2000
#define PAUSE_US	20000	/* at most: if it has waited for a CPU, it has not worked */

static pid_t parent;

static void reads(int cpu);

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* A child that runs @loop for ever, and no longer than its parent. */
static void spawn(void (*loop)(int), int arg)
{
	pid_t pid = fork();

	if (pid < 0) {
		fprintf(stderr, "noise: cannot fork: %s\n", strerror(errno));
		exit(1);
	}
	if (pid)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	/* These use only idle CPU time; the readers of maps must compete for it. */
	if (loop != reads && nice(10) < 0)
		_exit(1);
	for (;;) {
		long took, start = now_us();

		do {
			loop(arg);
			took = now_us() - start;
		} while (took < BURST_US);
		poll(NULL, 0, took < PAUSE_US / 3 ? 3 * took / 1000 : PAUSE_US / 1000);
	}
}

static void writes(int null)
{
	if (write(null, "noise", 5) != 5)
		_exit(1);
}

static void opens(int unused)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)unused;
	close(fd);
	fd = open("/nonexistent/noise", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

static void execs(int unused)
{
	pid_t pid = fork();

	(void)unused;
	if (!pid) {
		execl("/proc/self/exe", "noise", "-x", NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static int map = -1;

static void reads(int cpu)
{
	static __u64 value;
	static __u32 key;
	union bpf_attr attr;
	cpu_set_t set;

	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (unsigned long)&key;
	attr.value = (unsigned long)&value;
	for (;;)
		syscall(__NR_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr));
}

static void start_map_readers(void)
{
	union bpf_attr attr;
	cpu_set_t cpus;
	int cpu, i;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(__u32);
	attr.value_size = sizeof(__u64);
	attr.max_entries = 1;
	map = syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (map < 0) {
		fprintf(stderr, "noise: cannot create a BPF map: %s\n",
			errno == EPERM ? permission_why() : strerror(errno));
		exit(1);
	}
	fcntl(map, F_SETFD, FD_CLOEXEC);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		for (i = 0; CPU_ISSET(cpu, &cpus) && i < MAP_READERS; i++)
			spawn(reads, cpu);
}

static pid_t start_command(char **argv)
{
	pid_t pid;

	pid = fork();
	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	inherit_restore();
	execvp(argv[0], argv);
	fprintf(stderr, "noise: cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Waits until stdin ends, a signal to end comes, or the command has ended. */
static int wait_for_end(int signals, pid_t command)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = command ? -1 : 0, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int status;
	char c;

	for (;;) {
		if (command && waitpid(command, &status, WNOHANG) == command)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (poll(fds, 2, -1) < 0)
			return 1;
		if (fds[1].revents && read(0, &c, 1) <= 0)
			return 0;
		if (fds[0].revents && read(signals, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_signo != SIGCHLD)
			return command ? 1 : 0;
	}
}

int main(int argc, char **argv)
{
	int null, signals, status, maps = 0, c;
	pid_t command = 0;
	sigset_t set;

	inherit_init();
	while ((c = getopt(argc, argv, "+mxh")) != -1) {
		switch (c) {
		case 'm':
			maps = 1;
			break;
		case 'x':
			return 0;	/* the exec was all there was to do */
		default:
			fprintf(stderr, "Usage: noise [-m] [-- COMMAND...]\n"
				"Writes, execs and opens (-m: reads BPF maps) in a loop, until stdin\n"
				"ends, or while COMMAND runs.\n");
			return c == 'h' ? 0 : 1;
		}
	}
	parent = getpid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	inherit_block(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (signals < 0 || null < 0) {
		fprintf(stderr, "noise: signalfd or /dev/null: %s\n", strerror(errno));
		return 1;
	}
	spawn(writes, null);
	spawn(writes, null);
	spawn(execs, 0);
	spawn(execs, 0);
	spawn(opens, 0);
	if (maps)
		start_map_readers();
	if (optind < argc)
		command = start_command(argv + optind);
	status = wait_for_end(signals, command);
	/* The kernel ends the children, since their parent ends (PR_SET_PDEATHSIG). */
	return status;
}
