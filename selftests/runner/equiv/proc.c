// SPDX-License-Identifier: GPL-2.0
/*
 * proc.c - starts the processes of a run, talks with them, and ends them.
 *
 * A variant may be late, crash, or leave children behind, and the runner may
 * be killed at any moment; none of it may hang a run or outlive it.  So every
 * wait is one poll(2) with a limit, for the control lines and a signalfd; each
 * child is a session of its own and dies with its parent; and the parent of the
 * runner is a guard.  The orphans of a killed runner become the guard's children, and it
 * kills them.  If the guard is killed, the runner ends itself.  If both are killed, a third
 * process ends what is in the runner's cgroup, which is what COMMAND has started.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "equiv/equiv.h"
#include "inherit.h"
#include "oom.h"
#include "proc_stat.h"

#define CONTROL_FD	3		/* one digit: every shell can redirect it */
#define OUTPUT_MAX	(1 << 28)	/* bytes that a variant may print */
#define WAITS		8		/* see is_idle() */
#define SILENCE		1000		/* ms */
#define SILENCE_OF_OTHERS 15000

int proc_stop;

static int signals;
static unsigned long long oom_before;
static pid_t runner, guard;
static sigset_t waited;		/* SIGCHLD and the signals that end it, which are blocked */
static bool deaf;	/* SIGTERM was ignored or blocked when it was started */

static void die(const char *what)
{
	fprintf(stderr, "equiv: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void proc_block(void)
{
	inherit_block(&waited);
	sigaddset(&waited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &waited, NULL);
}

void proc_init(void)
{
	struct rlimit limit;
	sigset_t set = waited;

	/* What a variant prints goes to a file: see child(). */
	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_max < OUTPUT_MAX) {
		fprintf(stderr, "equiv: files may have %llu bytes only, and variants print more: ulimit -f unlimited\n",
			(unsigned long long)limit.rlim_max);
		exit(1);
	}
	runner = getpid();
	guard = getppid();
	oom_before = oom_kills();
	/* SIGTERM also says that the guard is dead. */
	deaf = !sigismember(&set, SIGTERM);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("cannot adopt orphans (prctl)");
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		die("cannot wait for signals (signalfd)");
}

/* ---- why a process has failed ---- */

static void say_why(char **why, const char *fmt, va_list ap)
{
	char *text, *all;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	if (*why) {
		if (asprintf(&all, "%s\n%s", *why, text) < 0)
			abort();
		free(*why);
		free(text);
		text = all;
	}
	*why = text;
}

void proc_fail(struct proc *p, const char *fmt, ...)
{
	va_list ap;

	p->verdict = FAILED;
	va_start(ap, fmt);
	say_why(&p->why, fmt, ap);
	va_end(ap);
}

/* All that it has said on stderr, or its end. */
static const char *all_words(struct proc *p)
{
	static char text[65536];
	struct stat st;
	off_t from = 0;
	ssize_t n = 0;

	if (p->err >= 0 && !fstat(p->err, &st)) {
		if (st.st_size >= (off_t)sizeof(text))
			from = st.st_size - sizeof(text) + 1;
		n = pread(p->err, text, sizeof(text) - 1, from);
	}
	text[n > 0 ? n : 0] = 0;
	return text;
}

/* A line of all_words() that may be shown, without "NAME: ". */
static const char *shown_line(struct proc *p, const char *s)
{
	static char line[400];
	size_t len = strlen(p->name);

	if (!strncmp(s, p->name, len) && !strncmp(s + len, ": ", 2))
		s += len + 2;
	len = strcspn(s, "\n");
	snprintf(line, sizeof(line), "%.*s", (int)(len < sizeof(line) ? len : sizeof(line) - 1), s);
	for (char *c = line; *c; c++)
		if (!isprint((unsigned char)*c) && !(*c & 0x80))
			*c = '?';
	return line;
}

const char *proc_last_words(struct proc *p)
{
	const char *words = all_words(p), *last = words;

	for (const char *s = words; *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (s[strspn(s, " \t\r")] != '\n')
			last = s;
	return shown_line(p, last);
}

bool proc_said(struct proc *p, const char *words)
{
	return strstr(all_words(p), words);
}

bool proc_not_made(struct proc *p, unsigned int i, char *line, size_t size)
{
	static const char mark[] = "not made: ";
	const char *s = all_words(p);

	while ((s = strstr(s, mark)) && i--)
		s += strlen(mark);
	if (s)
		snprintf(line, size, "%s", shown_line(p, s));
	return s;
}

const char *proc_warning(struct proc *p)
{
	for (const char *s = all_words(p); *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (!memmem(s, strcspn(s, "\n"), "(recursion_misses)", 18))
			return shown_line(p, s);
	return NULL;
}

void proc_died(struct proc *p, const char *when)
{
	const char *words = proc_last_words(p), *colon = words[0] ? ": " : "";

	if (WIFSIGNALED(p->status)) {
		proc_fail(p, "was killed by signal %d (%s) %s%s%s%s", WTERMSIG(p->status),
			  strsignal(WTERMSIG(p->status)), when, colon, words,
			  WTERMSIG(p->status) != SIGKILL || oom_kills() == oom_before ? "" :
			  "; the kernel has killed for lack of memory meanwhile (oom_kill in /proc/vmstat)");
	} else if (WEXITSTATUS(p->status) == EXIT_SKIP && !p->ready) {
		if (!words[0]) {
			proc_fail(p, "wants to be skipped (status %d) but gives no reason on stderr",
				  EXIT_SKIP);
			return;
		}
		p->verdict = SKIPPED;
		free(p->why);
		p->why = strdup(words);
	} else {
		proc_fail(p, "ended with status %d %s%s%s", WEXITSTATUS(p->status), when, colon,
			  words);
	}
}

void proc_late(struct proc *p, const char *when, int seconds)
{
	const char *words = proc_last_words(p), *colon = words[0] ? ": " : "";

	proc_fail(p, "was late: no answer within %d s (%s)%s%s", seconds, when, colon, words);
	proc_kill(p);
}

/* ---- starting ---- */

static int output_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		die("cannot create a memory file");
	return fd;
}

/* In the child, which may only end by exec or _exit. */
static void __attribute__((noreturn))
child(struct proc *p, char **argv, const char *cgroup, int control, bool held)
{
	struct rlimit limit = { OUTPUT_MAX, OUTPUT_MAX };
	char buf[64];
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != runner)
		_exit(1);
	inherit_restore();
	if (!held) {
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		setsid();
		dup2(null, 0);
		dup2(p->out, 1);
		dup2(p->err, 2);
		setrlimit(RLIMIT_FSIZE, &limit);
	} else if (!opt.table) {
		dup2(2, 1);		/* stdout is for KTAP */
	}
	if (cgroup && cgroup_add(cgroup, 0)) {
		dprintf(2, "cannot move it into %s: %s\n", cgroup, strerror(errno));
		_exit(1);
	}
	if (held) {
		/*
		 * Variants attach only once it is held, since moving it took system
		 * calls of its own.  It uses send and recv, and so makes no write(2).
		 */
		if (send(control, "held\n", 5, MSG_NOSIGNAL) != 5 ||
		    recv(control, buf, sizeof(buf), 0) <= 0)
			_exit(1);
		execve(opt.execute.file, opt.execute.argv, environ);
		snprintf(buf, sizeof(buf), "%s\n", strerror(errno));
		send(control, buf, strlen(buf), MSG_NOSIGNAL);
		_exit(127);
	}
	if (control == CONTROL_FD)
		fcntl(control, F_SETFD, 0);
	else
		dup2(control, CONTROL_FD);
	execv(argv[0], argv);
	dprintf(2, "cannot run it: %s\n", strerror(errno));
	_exit(1);
}

static void start(struct proc *p, char **argv, const char *cgroup, bool held)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("cannot make a socket pair");
	p->out = output_file("stdout");
	p->err = output_file("stderr");
	p->control = pair[0];
	fflush(NULL);
	p->pid = fork();
	if (p->pid < 0)
		die("cannot fork");
	if (!p->pid)
		child(p, argv, cgroup, pair[1], held);
	close(pair[1]);
	p->owes_line = true;
	if (opt.verbose)
		fprintf(stderr, "equiv: %s: started, pid %d\n", p->name, p->pid);
}

void proc_start(struct proc *p, char **argv, const char *cgroup)
{
	start(p, argv, cgroup, false);
}

void proc_start_held(struct proc *p, char **argv, const char *cgroup)
{
	start(p, argv, cgroup, true);
}

/* ---- processes ---- */

struct process {
	pid_t pid, parent;
	char state;		/* 'T': stopped, 'Z': ended */
	bool ours;		/* a variant, or a descendant of one */
};

static struct process *processes;
static int n_processes;

static void list_processes(void)
{
	char line[512];
	const char *end;
	struct dirent *d;
	DIR *dir = opendir("/proc");

	n_processes = 0;
	while (dir && (d = readdir(dir))) {
		struct process one = {};

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		one.pid = atoi(d->d_name);
		end = proc_stat(one.pid, line, sizeof(line));
		if (!end || sscanf(end + 1, " %c %d", &one.state, &one.parent) != 2)
			continue;
		if (!(n_processes & (n_processes + 1)))
			processes = realloc(processes, 2 * (n_processes + 1) * sizeof(one));
		if (!processes)
			abort();
		processes[n_processes++] = one;
	}
	if (dir)
		closedir(dir);
}

/* Marks the process of @p, and again and again the children of those that are marked. */
static void mark_ours(const struct proc *p)
{
	bool more = true;

	for (int i = 0; i < n_processes; i++)
		processes[i].ours = processes[i].pid == p->pid && !p->ended;
	while (more) {
		more = false;
		for (int i = 0; i < n_processes; i++)
			for (int k = 0; k < n_processes && !processes[i].ours; k++)
				if (processes[k].ours && processes[k].pid == processes[i].parent) {
					processes[i].ours = true;
					more = true;
				}
	}
}

/* ---- stopping ---- */

static pid_t *stopped;
static int n_stopped;

static void stop(pid_t pid)
{
	for (int i = 0; i < n_stopped; i++)
		if (stopped[i] == pid)
			return;
	stopped = realloc(stopped, (n_stopped + 1) * sizeof(*stopped));
	if (!stopped)
		abort();
	stopped[n_stopped++] = pid;
	kill(pid, SIGSTOP);
}

char *proc_suspend(struct proc *p, int seconds)
{
	long long end = now_ms() + seconds * 1000LL;
	const struct process *runs;
	char *who;

	/* One that is stopped makes no more children, so at last all are. */
	do {
		runs = NULL;
		list_processes();
		mark_ours(p);
		for (int i = 0; i < n_processes; i++) {
			if (!processes[i].ours || processes[i].state == 'Z')
				continue;
			stop(processes[i].pid);
			if (processes[i].state != 'T' && processes[i].state != 't')
				runs = &processes[i];
		}
		if (!runs)
			return NULL;
		poll(NULL, 0, 1);
	} while (now_ms() < end);
	if (asprintf(&who, "process %d cannot be stopped (state %c)", runs->pid, runs->state) < 0)
		abort();
	return who;
}

void proc_resume(void)
{
	for (int i = 0; i < n_stopped; i++)
		kill(stopped[i], SIGCONT);
	n_stopped = 0;
}

/* ---- talking and waiting ---- */

void proc_send(struct proc *p, const char *line)
{
	char text[32];

	if (opt.verbose)
		fprintf(stderr, "equiv: %s: < %s\n", p->name, line);
	p->line[0] = 0;
	p->owes_line = !p->ended;
	/* If the process is gone, send fails, and proc_await() notices the end. */
	snprintf(text, sizeof(text), "%s\n", line);
	send(p->control, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void proc_expect_end(struct proc *p)
{
	p->owes_line = false;
	p->owes_end = !p->ended;
}

/* Takes the next line, if it is there.  Returns false at the end of file. */
static bool take_line(struct proc *p)
{
	char *end;
	ssize_t n;

	for (;;) {
		end = memchr(p->in, '\n', p->in_len);
		if (end || p->in_len == sizeof(p->in))
			break;
		n = recv(p->control, p->in + p->in_len, sizeof(p->in) - p->in_len, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		p->in_len += n;
	}
	n = end ? end - p->in : (ssize_t)sizeof(p->in) - 1;
	memcpy(p->line, p->in, n);
	p->line[n] = 0;
	p->in_len -= n + 1;
	memmove(p->in, p->in + n + 1, p->in_len);
	p->owes_line = false;
	if (opt.verbose)
		fprintf(stderr, "equiv: %s: > %s\n", p->name, p->line);
	if (p->stops && !strcmp(p->line, "ready"))
		free(proc_suspend(p, 1));
	return true;
}

static void reap(struct proc *p, int n)
{
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < n; i++) {
			if (p[i].pid != pid || p[i].ended)
				continue;
			/* Its last line may still be on its way. */
			if (p[i].owes_line)
				take_line(&p[i]);
			p[i].ended = true;
			p[i].status = status;
			p[i].owes_line = false;
			p[i].owes_end = false;
			if (opt.verbose)
				fprintf(stderr, "equiv: %s: ended\n", p[i].name);
		}
	}
}

/* Handles the signals that came: a child has ended, or the run is to stop. */
static void take_signals(struct proc *p, int n)
{
	struct signalfd_siginfo info;
	static bool passed_on;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGTERM && deaf && getppid() == guard)
			continue;
		/* The command gets it first: if that ends, there is still a result. */
		if (opt.command && n && p[0].owes_end && !passed_on && getppid() == guard) {
			passed_on = true;
			if (info.ssi_code != SI_KERNEL)
				kill(p[0].pid, info.ssi_signo);
			continue;
		}
		proc_stop = info.ssi_signo;
	}
	reap(p, n);
}

int proc_await(struct proc *p, int n, int seconds)
{
	long long end = now_ms() + seconds * 1000LL, left = -1;
	struct pollfd fds[n + 2];
	int i, owed;

	for (;;) {
		take_signals(p, n);
		if (proc_stop)
			return -1;
		fds[n] = (struct pollfd){ .fd = signals, .events = POLLIN };
		/* Without events, poll(2) says only whether the reader of stdout is gone. */
		fds[n + 1] = (struct pollfd){ .fd = STDOUT_FILENO };
		for (i = owed = 0; i < n; i++) {
			fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
			if (!p[i].owes_line && !p[i].owes_end)
				continue;
			/* After its end of file only its exit is waited for. */
			if (p[i].owes_line && p[i].control >= 0 && !take_line(&p[i])) {
				close(p[i].control);
				p[i].control = -1;
			}
			if (p[i].owes_line)
				fds[i].fd = p[i].control;
			owed += p[i].owes_line || p[i].owes_end;
		}
		if (!owed)
			return 0;
		if (seconds) {
			left = end - now_ms();
			if (left <= 0)
				return 0;
		}
		if (poll(fds, n + 2, left) < 0 && errno != EINTR)
			die("cannot wait (poll)");
		if (fds[n + 1].revents)
			proc_stop = SIGPIPE;
	}
}

/* ---- printing ---- */

/* How often a process has begun to wait, such as for its ring. */
static __u64 waits(pid_t pid)
{
	static const char name[] = "voluntary_ctxt_switches:";
	char path[64], line[256];
	unsigned long long n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			n = strtoull(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return n;
}

static void note_waits(struct proc *p, __u64 n)
{
	p->waits = n;
	p->silent = now_ms();
}

/* Counts the lines that it has printed since the last time. */
static void count_lines(struct proc *p)
{
	size_t before = p->printed;
	char buf[65536];
	ssize_t n;
	__u64 now;

	while ((n = pread(p->out, buf, sizeof(buf), p->searched)) > 0) {
		p->searched += n;
		for (ssize_t i = 0; i < n; i++)
			p->printed += buf[i] == '\n';
	}
	now = waits(p->pid);
	if (p->printed != before || !p->waits)
		note_waits(p, now);
	if (p->printed != before || now != p->waits_now || !p->moved) {
		p->waits_now = now;
		p->moved = now_ms();
	}
}

/*
 * Will it print no more?  A variant waits at most for a tick, then reads its ring, and after the
 * next wait it has written all that it has read; unless it is woken for each record, since it
 * writes only once in a while.  It may also wait for memory or a lock.
 *
 * Another process may read for it, as bpftool does.  That one has to have waited as often, too.
 * If it wakes up only for events, this waits for longer: on a loaded machine it may not have been
 * able to run, and what it then gets also comes by way of the kernel's threads.
 */
static bool is_idle(struct proc *p)
{
	bool busy = false, asleep = false;
	__u64 now = p->waits_now;
	int others = 0;

	if (now <= p->waits + WAITS || now_ms() - p->silent < SILENCE)
		return false;
	list_processes();
	mark_ours(p);
	for (int i = 0; i < n_processes; i++) {
		const struct process *one = &processes[i];

		if (!one->ours || one->pid == p->pid || one->state == 'Z')
			continue;
		busy |= one->state == 'R' || one->state == 'D';
		if (others == MAX_OTHERS) {
			asleep = true;
			continue;
		}
		if (p->other[others].pid != one->pid || p->other[others].since != p->waits) {
			p->other[others].pid = one->pid;
			p->other[others].since = p->waits;
			p->other[others].waits = waits(one->pid);
		}
		asleep |= waits(one->pid) <= p->other[others++].waits + WAITS;
	}
	if (busy)
		note_waits(p, now);
	return !busy && (!asleep || now_ms() - p->silent > SILENCE_OF_OTHERS);
}

/* Waits @ms, since nothing says that a file has grown.  Returns -1 if a signal ends the run. */
static int look_again(struct proc *p, int n, int ms)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	if (poll(fds, 2, ms) < 0 && errno != EINTR)
		die("cannot wait (poll)");
	if (fds[1].revents)
		proc_stop = SIGPIPE;
	take_signals(p, n);
	return proc_stop ? -1 : 0;
}

int proc_await_lines(struct proc *p, int n, int still, int seconds)
{
	long long end = now_ms() + seconds * 1000LL;
	int i, owed;

	for (i = 0; i < n; i++) {
		p[i].waits = 0;
		p[i].moved = 0;
	}
	if (look_again(p, n, 0))
		return -1;
	do {
		for (i = owed = 0; i < n; i++) {
			if (!p[i].pid || p[i].printed >= p[i].wanted)
				continue;
			count_lines(&p[i]);
			owed += p[i].printed < p[i].wanted && !p[i].ended && !is_idle(&p[i]) &&
				now_ms() - p[i].moved < still * 1000LL;
		}
		if (!owed || now_ms() >= end)
			return 0;
	} while (!look_again(p, n, 2));
	return -1;
}

/* Is it asleep, with all its descendants, and was it when this looked the last time? */
static bool is_still_asleep(struct proc *p)
{
	bool asleep = true;
	__u64 before = p->waits_now;

	list_processes();
	mark_ours(p);
	p->waits_now = 0;
	for (int i = 0; i < n_processes; i++) {
		if (!processes[i].ours || processes[i].state == 'Z')
			continue;
		asleep &= processes[i].state == 'S';
		p->waits_now += waits(processes[i].pid);
	}
	return asleep && p->waits_now == before;
}

int proc_await_sleep(struct proc *p, int n, int seconds)
{
	long long end = now_ms() + seconds * 1000LL;
	int i, awake;

	do {
		/* A variant that has got a signal looks once more a millisecond later. */
		if (look_again(p, n, 5))
			return -1;
		for (i = awake = 0; i < n; i++)
			awake += p[i].pid && !p[i].ended && !is_still_asleep(&p[i]);
	} while (awake && now_ms() < end);
	for (i = 0; i < n; i++)
		if (p[i].pid)
			count_lines(&p[i]);
	return 0;
}

/* ---- ending ---- */

void proc_kill(struct proc *p)
{
	p->owes_line = false;
	p->owes_end = false;
	if (!p->pid || p->ended)
		return;
	if (getpgid(p->pid) == p->pid)
		kill(-p->pid, SIGKILL);
	kill(p->pid, SIGKILL);
}

void proc_init_copy(struct proc *p)
{
	*p = (struct proc){ .path = p->path, .name = p->name, .modern = p->modern,
			    .script = p->script, .control = -1, .out = -1, .err = -1 };
}

void proc_find_observer(struct proc *p)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", p->pid, p->pid);
	file = fopen(path, "re");
	p->observer = file ? p->pid : 0;
	if (file && fscanf(file, "%d", &p->observer) != 1)
		p->observer = p->pid;
	if (file)
		fclose(file);
}

void proc_reset(struct proc *p)
{
	if (p->control >= 0)
		close(p->control);
	if (p->out >= 0)
		close(p->out);
	if (p->err >= 0)
		close(p->err);
	records_free(&p->records);
	free(p->why);
	free(p->odd);
	free(p->unobserved);
	proc_init_copy(p);
}

/* Sends a signal to each child of this process.  Returns how many; @who is the first. */
static int kill_children(int sig, char *who, size_t size)
{
	char line[512], *comm;
	const char *end;
	struct dirent *d;
	int ppid, n = 0;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return 0;
	while ((d = readdir(dir))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		end = proc_stat(atoi(d->d_name), line, sizeof(line));
		comm = end ? strchr(line, '(') : NULL;
		if (!comm || sscanf(end + 1, " %*c %d", &ppid) != 1 || ppid != getpid())
			continue;
		if (who && !n)
			snprintf(who, size, "%s %.*s", d->d_name, (int)(end + 1 - comm), comm);
		kill(atoi(d->d_name), sig);
		n++;
	}
	closedir(dir);
	return n;
}

int proc_end_orphans(int seconds, char *who, size_t size)
{
	struct pollfd pfd = { .fd = signals, .events = POLLIN };
	long long left, end = now_ms() + seconds * 1000LL;
	int n = 0;

	for (;;) {
		take_signals(NULL, 0);
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return n;
		left = end - now_ms();
		if (left <= 0) {
			if (n)		/* SIGKILL has not ended them */
				return n;
			n = kill_children(SIGKILL, who, size);
			end = now_ms() + 5000;
			continue;
		}
		/* Children of those that were killed become ours one by one. */
		if (n)
			kill_children(SIGKILL, NULL, 0);
		poll(&pfd, 1, left < 100 ? left : 100);
	}
}

int proc_guard(pid_t pid)
{
	struct timespec limit = { .tv_sec = 1 };
	pid_t third = cgroup_guard(pid, opt.cgroup);
	siginfo_t info;
	int status, i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		/* The runner has got what a terminal sends (SI_KERNEL) as well. */
		if (sigwaitinfo(&waited, &info) > 0 && info.si_signo != SIGCHLD &&
		    info.si_code != SI_KERNEL)
			kill(pid, info.si_signo);
	}
	if (third > 0) {
		kill(third, SIGKILL);
		waitpid(third, NULL, 0);
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "equiv: the runner was killed by signal %d (%s)\n", WTERMSIG(status),
		strsignal(WTERMSIG(status)));
	for (i = 0; i < 10; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!kill_children(SIGKILL, NULL, 0))
			break;
		sigtimedwait(&waited, NULL, &limit);
	}
	cgroup_remove(opt.cgroup);
	return 1;
}
