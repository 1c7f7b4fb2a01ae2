// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_child - the processes of the bpftool stage that a shell cannot start well.
 *
 *	bpf_child run OWNER COMMAND...		a helper that dies with the shell OWNER
 *	bpf_child show OWNER FRONT COMMAND...	the same, for what writes to the user's stdout
 *	bpf_child gone OWNER			ends when nobody reads its stdout any more
 *	bpf_child hold OWNER FRONT SIGCHLD CGROUP GO SAY COMMAND...
 *
 * OWNER is the parent, which works in a mount namespace of its own and with other
 * signals and limits than the user gave it; FRONT is the shell that the user started.
 * A helper has the descriptors 0 to 9 only: bash puts its own above, and whoever holds
 * the write end of a FIFO keeps its reader waiting.
 *
 * "hold" starts COMMAND, which waits for a byte from GO, and says "held" on the descriptor
 * SAY once it sleeps there, or why it cannot; then it is COMMAND's parent.  COMMAND is
 * below CGROUP and gets all else as FRONT has it.  SIGCHLD is 1 if that was ignored: bash
 * sets it, and only the shell still knows.  Between the wait and execve(2) there is no
 * other system call, as COMMAND's are observed.  A SIGUSR1 ends COMMAND.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "observe.h"

#define FIRST_OF_BASH	10	/* descriptors that bash opens for {name}> */

static void die_with(pid_t owner)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != owner)
		_exit(1);
}

/* ---- helpers ------------------------------------------------------------------- */

static void __attribute__((noreturn)) run(pid_t owner, pid_t front, char **argv)
{
	struct rlimit size;

	die_with(owner);
	setsid();		/* a ^C on the terminal is for the shell */
	/* What the shell ignores: a ^C is for the shell, and of a large file write(2) says it. */
	for (int i = 1; i < NSIG; i++)
		if (i != SIGINT && i != SIGHUP && i != SIGQUIT && i != SIGXFSZ)
			signal(i, SIG_DFL);
	if (front && !prlimit(front, RLIMIT_FSIZE, NULL, &size))
		setrlimit(RLIMIT_FSIZE, &size);
	if (syscall(SYS_close_range, FIRST_OF_BASH, ~0U, 0))	/* Linux 5.9 */
		for (int fd = FIRST_OF_BASH; fd < 1024; fd++)
			close(fd);
	execvp(argv[0], argv);
	observe_die("cannot run %s: %s", argv[0], strerror(errno));
}

static int gone(pid_t owner)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	die_with(owner);
	setsid();
	while (poll(&out, 1, -1) < 1)
		;
	return 0;
}

/* ---- COMMAND --------------------------------------------------------------------- */

static int say_to;

/* One line to the shell, which says it to the user; then the end. */
static void __attribute__((noreturn, format(printf, 1, 2))) refuse(const char *fmt, ...)
{
	char line[PIPE_BUF];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	for (int i = 0; i < len; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[len++] = '\n';
	_exit(write(say_to, line, len) == len ? 0 : 1);
}

static int open_of(pid_t pid, const char *what, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		refuse("cannot open %s: %s", path, strerror(errno));
	return fd;
}

/* The environment that @pid was started with; it may have no end of a process's own size. */
static char **environment_of(pid_t pid)
{
	int fd = open_of(pid, "environ", O_RDONLY);
	size_t size = 0, nr = 0, room = 1 << 16;
	char *text = malloc(room), **env;
	ssize_t n;

	while (text && (n = read(fd, text + size, room - size - 1)) > 0) {
		size += n;
		if (size == room - 1)
			text = realloc(text, room *= 2);
	}
	if (!text)
		refuse("out of memory");
	close(fd);
	text[size] = '\0';
	env = calloc(size + 1, sizeof(*env));
	if (!env)
		refuse("out of memory");
	for (char *at = text; at < text + size; at += strlen(at) + 1)
		env[nr++] = at;
	return env;
}

/* A bit for each signal, the lowest for 1: what @pid has as "SigIgn" or "SigBlk". */
static unsigned long long signals_of(pid_t pid, const char *what)
{
	unsigned long long signals = 0;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, what, strlen(what)))
			sscanf(line + strlen(what), ": %llx", &signals);
	if (f)
		fclose(f);
	return signals;
}

/* The mount namespace, the root and the directory of @pid. */
static void go_where(pid_t pid)
{
	int mnt = open_of(pid, "ns/mnt", O_RDONLY);
	int root = open_of(pid, "root", O_RDONLY | O_DIRECTORY);
	int cwd = open_of(pid, "cwd", O_PATH | O_DIRECTORY);

	if (setns(mnt, CLONE_NEWNS) || fchdir(root) || chroot(".") || fchdir(cwd))
		refuse("cannot go back to where it was started: %s", strerror(errno));
	close(mnt);
	close(root);
	close(cwd);
}

static void limit_like(pid_t pid)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (!prlimit(pid, i, NULL, &limit))
			setrlimit(i, &limit);
}

/* The held child: becomes COMMAND. */
static void __attribute__((noreturn)) become(char **argv, pid_t front, bool no_sigchld,
					     const char *cgroup, int go, int ready,
					     sigset_t *mask)
{
	unsigned long long ignored = signals_of(front, "SigIgn");
	unsigned long long blocked = signals_of(front, "SigBlk");
	struct command command;
	char path[PATH_MAX], byte;
	const char *why;
	int fd;

	if (no_sigchld)
		ignored |= 1ULL << (SIGCHLD - 1);
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		refuse("cannot move the command to %s: %s", cgroup, strerror(errno));
	close(fd);
	environ = environment_of(front);
	go_where(front);
	why = command_find(&command, argv);
	if (why)
		refuse("cannot run %s: %s", argv[0], why);
	limit_like(front);
	for (int i = 1; i < NSIG; i++)
		signal(i, ignored >> (i - 1) & 1 ? SIG_IGN : SIG_DFL);
	fcntl(go, F_SETFD, FD_CLOEXEC);
	fcntl(say_to, F_SETFD, FD_CLOEXEC);
	/* The shells between have unblocked what they need; SIGCHLD is bash's own in FRONT, too. */
	for (int i = 1; i < NSIG; i++)
		if (i != SIGCHLD && blocked >> (i - 1) & 1)
			sigaddset(mask, i);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(1);
	execve(command.file, command.argv, environ);
	fprintf(stderr, "%s: cannot run %s: %s\n", program_invocation_short_name, argv[0],
		strerror(errno));
	_exit(127);
}

/* Returns 1 if COMMAND could not be run. */
static int wait_for(pid_t command, const char *cgroup)
{
	sigset_t set;
	siginfo_t info;
	int status, signal;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	for (;;) {
		info.si_pid = 0;
		if (!waitid(P_PID, command, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid)
			break;
		if (!sigwait(&set, &signal) && signal == SIGUSR1) {
			/* The user knows why. */
			command_kill(command);
			return 0;
		}
	}
	command_check(command, cgroup);
	waitpid(command, &status, 0);
	return !command_ended(status);
}

/* argv: OWNER FRONT SIGCHLD CGROUP GO SAY COMMAND... */
static int hold(char **argv)
{
	pid_t front = atoi(argv[1]), self, command;
	int go = atoi(argv[4]);
	sigset_t all, mask;
	int ready[2];
	char byte;

	say_to = atoi(argv[5]);
	die_with(atoi(argv[0]));
	/* A ^C is for COMMAND; a SIGCHLD that is ignored would be no signal. */
	signal(SIGCHLD, SIG_DFL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	self = getpid();
	if (pipe2(ready, O_CLOEXEC))
		refuse("cannot make a pipe: %s", strerror(errno));
	command = fork();
	if (command < 0)
		refuse("cannot fork: %s", strerror(errno));
	if (!command) {
		die_with(self);
		become(argv + 6, front, atoi(argv[2]), argv[3], go, ready[1], &mask);
	}
	/* Should COMMAND be ended early, nobody else answers for it. */
	close(go);
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		command_sleeps(command);
		if (write(say_to, "held\n", 5) != 5)
			_exit(1);
	}
	close(ready[0]);
	close(say_to);
	return wait_for(command, argv[3]);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "run") && argc > 3)
		run(atoi(argv[2]), 0, argv + 3);
	if (!strcmp(what, "show") && argc > 4)
		run(atoi(argv[2]), atoi(argv[3]), argv + 4);
	if (!strcmp(what, "gone") && argc == 3)
		return gone(atoi(argv[2]));
	if (!strcmp(what, "hold") && argc > 8)
		return hold(argv + 2);
	observe_die("usage: bpf_child run|show|gone|hold OWNER ...");
}
