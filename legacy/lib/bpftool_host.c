// SPDX-License-Identifier: GPL-2.0
/*
 * bpftool_host.c - runs the bpftool commands of a variant; see bpftool_host.h.
 *
 * bpftool and the shell are processes: each may fail, be killed, or never end.  So the
 * host waits for each with a time limit, and checks its exit status unless the host has
 * stopped it by a signal.  These processes die with the host, and then the kernel
 * removes the mount namespace that has the pins.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "fdinfo.h"
#include "inherit.h"
#include "observe.h"
#include "oom.h"
#include "pins.h"

#include "bpftool_host.h"
#include "cpu_watch.h"
#include "observed.h"
#include "sys_bpf.h"

#define LIMIT		120		/* seconds to wait for anything */
#define EVENT_PIPE_PAGES 16		/* of each CPU's ring: the number stands in bpftool */
#define CGROUP_FD	9		/* the cgroup's descriptor in bpftool, as by 9<DIR in sh */
#define STACK		(8UL << 20)	/* stack size of a helper, if the limits allow it */

static char *stem, *flavour;	/* this program is called STEM-X.bpftool: flavour is "-X" or "" */
static char *own_dir, *script, *pins, *bpftool;
static char *env[16];
static unsigned long long oom_before;

static char *__attribute__((format(printf, 1, 2))) text_of(const char *fmt, ...)
{
	va_list args;
	char *made;

	va_start(args, fmt);
	if (vasprintf(&made, fmt, args) < 0)
		observe_die("out of memory");
	va_end(args);
	return made;
}

/* ---- helpers: processes that die with this one --------------------------------------- */

struct job {
	pid_t pid;
	int in, out, err;	/* this process's ends of the pipes, or -1 */
	char *words[2];		/* what it has printed to stdout and to stderr */
	size_t len[2];
};

/* Executes a helper, with the signals, limits and descriptors that bpftool and a shell need. */
static void __attribute__((noreturn)) become(const char *const *argv, pid_t owner, int fds[3])
{
	struct rlimit stack;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != owner)
		_exit(1);
	setsid();		/* ^C on the terminal is for the host, and not for this helper */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!getrlimit(RLIMIT_STACK, &stack) && stack.rlim_cur < STACK) {
		stack.rlim_cur = stack.rlim_max < STACK ? stack.rlim_max : STACK;
		setrlimit(RLIMIT_STACK, &stack);
	}
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(1);
	if (observe.cgroup_fd >= 0)
		dup2(observe.cgroup_fd, CGROUP_FD);
	/* While bpftool is being found, BPFTOOL= may be relative to the user's directory. */
	if (!bpftool || !chdir(own_dir))
		execve(argv[0], (char *const *)argv, env);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void no_process(void)
{
	observe_die("cannot start another process: %s (ulimit -u, pids.max)", strerror(errno));
}

/* Starts a helper.  @out is its stdout, or -1 for a pipe; with @held its stdin is a pipe, too. */
static void start(struct job *job, const char *const *argv, int out, bool held)
{
	int pipes[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	pid_t owner = getpid();

	*job = (struct job){};
	pipes[0][0] = held ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
	pipes[1][1] = out;
	if ((held && pipe2(pipes[0], O_CLOEXEC)) || (out < 0 && pipe2(pipes[1], O_CLOEXEC)) ||
	    pipe2(pipes[2], O_CLOEXEC) || pipes[0][0] < 0)
		observe_die("cannot make a pipe: %s", strerror(errno));
	job->pid = fork();
	if (job->pid < 0)
		no_process();
	if (!job->pid)
		become(argv, owner, (int[]){ pipes[0][0], pipes[1][1], pipes[2][1] });
	close(pipes[0][0]);
	close(pipes[1][1]);
	close(pipes[2][1]);
	job->in = pipes[0][1];
	job->out = pipes[1][0];
	job->err = pipes[2][0];
}

/* Reads more of a helper's output.  At the end of the output, closes the pipe, returns false. */
static bool receive(struct job *job, int which)
{
	int *fd = which ? &job->err : &job->out;
	char *words = realloc(job->words[which], job->len[which] + (1 << 16) + 1);
	ssize_t n;

	if (!words)
		observe_die("out of memory");
	job->words[which] = words;
	n = read(*fd, words + job->len[which], 1 << 16);
	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0)
		job->len[which] += n;
	words[job->len[which]] = '\0';
	if (n > 0)
		return true;
	close(*fd);
	*fd = -1;
	return false;
}

static void hang(struct job *job, const char *name)
{
	kill(job->pid, SIGKILL);
	observe_die("%s has not ended after %d s", name, LIMIT);
}

/*
 * Reads a helper's whole output, and waits for its end.  Returns its exit status, or 128 plus the
 * signal that has ended it, as a shell does.
 */
static int finish(struct job *job, const char *name)
{
	struct pollfd end = { .events = POLLIN };
	int status;

	if (job->in >= 0)
		close(job->in);
	while (job->out >= 0 || job->err >= 0) {
		struct pollfd fds[] = {
			{ .fd = job->out, .events = POLLIN },
			{ .fd = job->err, .events = POLLIN },
		};
		int n = poll(fds, 2, LIMIT * 1000);

		if (!n)
			hang(job, name);
		for (int i = 0; n > 0 && i < 2; i++)
			if (fds[i].revents)
				receive(job, i);
	}
	end.fd = syscall(SYS_pidfd_open, job->pid, 0);
	if (end.fd >= 0 && !poll(&end, 1, LIMIT * 1000))
		hang(job, name);
	close(end.fd);
	waitpid(job->pid, &status, 0);
	job->pid = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void forget(struct job *job)
{
	free(job->words[0]);
	free(job->words[1]);
	*job = (struct job){};
}

/* The line at @at, without the name of the program at its beginning. */
static const char *line_at(const char *at)
{
	static char line[512];

	for (const char *prefix = "Error: \0bpf_attach: \0bpf_offset: \0"; *prefix;
	     prefix += strlen(prefix) + 1)
		if (!strncmp(at, prefix, strlen(prefix)))
			at += strlen(prefix);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n\""), at);
	return line;
}

/*
 * Returns why a helper has failed.  bpftool prints "Error: ..." to stderr, or with -j an object
 * with an "error" to stdout.  Before that, libbpf often prints a better reason.  If a part has
 * tried several commands, the error of the last one is returned.  If a helper has ended with
 * EXIT_SKIP, its last line is returned.
 */
static const char *reason(const struct job *job, int status)
{
	const char *words = job->words[1] ?: "", *at, *last = NULL, *libbpf = NULL;
	static char text[256];

	if (status > 128 && status <= 128 + SIGRTMAX) {
		const char *more = "";

		if (oom_kills() != oom_before)
			more = ": the kernel killed for lack of memory (oom_kill in /proc/vmstat)";
		else if (status == 128 + SIGSEGV)
			more = "; perhaps its stack is too small: ulimit -s";
		snprintf(text, sizeof(text), "it was ended by signal %d (%s)%s", status - 128,
			 strsignal(status - 128), more);
		return text;
	}
	/* If the shell could not fork, the error of an earlier command is not the reason. */
	for (at = words; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (memmem(at, strcspn(at, "\n"), "annot fork", strlen("annot fork")))
			return line_at(at);
	for (at = words; *at && status != EXIT_SKIP; at += strcspn(at, "\n"), at += *at == '\n') {
		if (!strncmp(at, "libbpf: ", 8) && !libbpf)
			libbpf = at + 8;
		if (!strncmp(at, "Error: ", 7)) {
			last = libbpf ?: at;
			libbpf = NULL;
		}
	}
	if (last)
		return line_at(last);
	at = job->words[0] ? strstr(job->words[0], "\"error\":\"") : NULL;
	if (at)
		return line_at(at + strlen("\"error\":\""));
	for (at = words; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (*at != '\n')
			last = at;
	if (last)
		return line_at(last);
	snprintf(text, sizeof(text), "it printed nothing, and ended with status %d", status);
	return text;
}

/* ---- bpftool, and the parts of the script ------------------------------------------------ */

/* The helper that was run last: its output is valid until the next one is run. */
static struct job ran;

static int run(const char *const *argv, const char *name)
{
	int status;

	forget(&ran);
	start(&ran, argv, -1, false);
	status = finish(&ran, name);
	if (observe.verbose && ran.words[1])
		fputs(ran.words[1], stderr);
	return status;
}

/* Runs bpftool itself.  Returns what it has printed, or ends the process. */
static const char *run_bpftool(const char *const *args)
{
	const char *argv[40] = { bpftool };
	char name[128] = "bpftool";
	int status, n;

	for (n = 0; args[n] && n < 38; n++) {
		argv[n + 1] = args[n];
		if (args[n][0] != '-' && n < 5)
			snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s", args[n]);
	}
	status = run(argv, name);
	if (status)
		observe_die("%s: %s", name, reason(&ran, status));
	return ran.words[0] ?: "";
}

/*
 * The script calls bpftool by that name, so the shell gets a function that runs $tool.  For `read`
 * bpftool replaces the shell, because the process that the host has started is the one that the
 * host can stop by a signal, and the one that dies with the host.
 */
static const char *const *part_argv(const char *part, const char *const *args)
{
	static const char *argv[48] = { "/bin/sh", "-e", "-c" };
	int n = 6;

	argv[3] = strcmp(part, "read") ? "bpftool() { \"$tool\" \"$@\"; }; . \"$0\"" :
		  "bpftool() { exec \"$tool\" \"$@\"; }; . \"$0\"";
	argv[4] = script;
	argv[5] = part;
	while (args && *args && n < 47)
		argv[n++] = *args++;
	argv[n] = NULL;
	return argv;
}

static const char *part_name(const char *part)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s %s", strrchr(script, '/') + 1, part);
	return name;
}

void bpftool_failed(const char *part, int status)
{
	const char *why = reason(&ran, status);

	if (status == EXIT_SKIP)
		observe_skip("%s", why);
	observe_die("%s: %s", part_name(part), why);
}

const char *bpftool_part(const char *part, const char *const *args, int *status)
{
	*status = run(part_argv(part, args), part_name(part));
	return ran.words[0] ?: "";
}

/* ---- the start ------------------------------------------------------------------------- */

/* Finds the script and the object of this program by its name. */
static void find_names(void)
{
	char exe[PATH_MAX], *name, *end;
	ssize_t len;

	if (own_dir)
		return;
	own_dir = text_of("%s", observe_exe_dir(""));
	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[len > 0 ? len : 0] = '\0';
	name = strrchr(exe, '/');
	end = name ? strstr(name, ".bpftool") : NULL;
	if (!end)
		observe_die("the name of this program has to be X.bpftool, and not %s", exe);
	*end = '\0';
	flavour = text_of("%s", strchrnul(++name, '-'));
	stem = text_of("%.*s", (int)(strlen(name) - strlen(flavour)), name);
	/* A flavour has a script of its own if it differs in more than the object. */
	script = text_of("%s%s%s_bpftool.sh", own_dir, stem, flavour);
	if (access(script, R_OK))
		script = text_of("%s%s_bpftool.sh", own_dir, stem);
	pins = text_of(PINS "/%s", stem);
}

/*
 * The environment of the helpers.  The user's environment is meant for COMMAND, so only these
 * variables of it may change what a helper does.
 */
static void make_environment(void)
{
	static const char *const kept[] = {
		"BPFTOOL", "LD_LIBRARY_PATH", "LD_PRELOAD", "TZ",
		"ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",
	};
	const char *path = getenv("PATH");
	int n = 1;

	env[0] = "tool=";	/* see find_bpftool() */
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (getenv(kept[i]))
			env[n++] = text_of("%s=%s", kept[i], getenv(kept[i]));
	env[n++] = "LC_ALL=C";
	env[n++] = text_of("kern=%s%s_kern", stem, flavour);
	env[n++] = text_of("PATH=%s%s/usr/sbin:/usr/bin:/sbin:/bin", path ?: "",
			   path && *path ? ":" : "");
}

static void find_bpftool(void)
{
	const char *argv[] = { "/bin/sh", text_of("%sfind_bpftool.sh", own_dir), own_dir, NULL };
	int status = run(argv, "find_bpftool.sh");

	if (status > 128 || (ran.words[1] && strcasestr(ran.words[1], "fork")))
		observe_die("find_bpftool.sh: %s", reason(&ran, status));
	if (status)
		observe_skip("%s (package bpftool, or linux-tools-generic)", reason(&ran, status));
	*strchrnul(ran.words[0], '\n') = '\0';
	bpftool = realpath(ran.words[0], NULL);
	if (!bpftool)
		observe_die("cannot find %s: %s", ran.words[0], strerror(errno));
	env[0] = text_of("tool=%s", bpftool);
}

void bpftool_init(int argc, char **argv, const char *about)
{
	const char *fixed = observe.has_ring ? "  event_pipe's rings have a fixed size." : "";

	observe_init(argc, argv, text_of("%s\nBPFTOOL names the bpftool to use.%s", about, fixed));
	if (observe.ring && observe.ring != EVENT_PIPE_PAGES * sysconf(_SC_PAGESIZE))
		observe_skip("event_pipe has rings of %d pages, so --ring can only be %ld",
			     EVENT_PIPE_PAGES, EVENT_PIPE_PAGES * sysconf(_SC_PAGESIZE));
	find_names();
	oom_before = oom_kills();
	make_environment();
	find_bpftool();
	pins_private();
}

/* ---- a family with programs ---------------------------------------------------------------- */

static const struct bpftool_family *family;
static __u32 link_prog;			/* the id of a program attached by a link, see attach() */
static int link_prog_fd = -1;
static struct event_text text;
static struct job pipe_job, attach_job;
static int pipe_fd = -1;

static __u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

static void load(void)
{
	char *kern = text_of("%s%s_kern.o", stem, flavour);
	const char *why;
	int status;

	if (access(observe_exe_dir(kern), R_OK))
		observe_die("cannot read %s: build it with make", observe_exe_dir(kern));
	bpftool_part("load", NULL, &status);
	if (!status)
		return;
	why = family->refused && ran.words[1] ? family->refused(ran.words[1]) : NULL;
	if (why)
		observe_skip("%s", why);
	if (status == EXIT_SKIP)
		bpftool_failed("load", status);
	/* Only the verifier's log is printed in full; other reasons are in the line below. */
	if (!observe.verbose && ran.words[1] && strstr(ran.words[1], "BEGIN"))
		fputs(ran.words[1], stderr);
	observe_die("cannot load %s: %s", kern, reason(&ran, status));
}

/* Opens the pinned programs: observe_missed() asks about all that this process has open. */
static void open_progs(void)
{
	char *pattern = text_of("%s/*", pins);
	int err;
	glob_t found;
	__u64 type;

	err = glob(pattern, 0, NULL, &found);
	free(pattern);
	if (err)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int fd = sys_obj_get(found.gl_pathv[i]);

		if (fd >= 0 && !fdinfo_number(fd, "prog_type", &type))
			close(fd);
	}
	globfree(&found);
}

/* ---- event_pipe ---------------------------------------------------------------------------- */

static void __attribute__((noreturn)) pipe_gone(void)
{
	int status = finish(&pipe_job, "bpftool map event_pipe");

	observe_die("bpftool map event_pipe has ended: %s", reason(&pipe_job, status));
}

/* Reads what event_pipe has printed.  Stops after 64 reads: event_pipe may print faster. */
static void read_pipe(void)
{
	ssize_t n = 1;
	const char *why;
	char buf[4096];

	for (int i = 0; i < 64; i++) {
		n = read(pipe_fd, buf, sizeof(buf));
		if (n <= 0)
			break;
		why = event_text_read(&text, buf, n);
		if (why)
			observe_die("bpftool map event_pipe: %s", why);
	}
	/* EIO means that no process has the other end open any more. */
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
		pipe_gone();
}

/* Reads until there are as many records as the BPF program has counted in stats. */
static void read_all(void)
{
	__u64 seen = text.seen, since = now_ms();

	while (family->event && text.seen < *family->sent) {
		struct pollfd pfd = { .fd = pipe_fd, .events = POLLIN };

		poll(&pfd, 1, 100);
		read_pipe();
		if (seen != text.seen)
			since = now_ms();
		else if (now_ms() - since > LIMIT * 1000)
			observe_die("bpftool map event_pipe printed %llu records, but %llu were sent",
				    (unsigned long long)seen, (unsigned long long)*family->sent);
		seen = text.seen;
	}
}

/* Counts the rings in the epoll descriptor of event_pipe, which adds them when all are open. */
static int rings_of(pid_t pid)
{
	char pattern[64], line[128];
	glob_t found;
	int n = 0;
	FILE *f;

	snprintf(pattern, sizeof(pattern), "/proc/%d/fdinfo/*", pid);
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		f = fopen(found.gl_pathv[i], "re");
		while (f && fgets(line, sizeof(line), f))
			n += !strncmp(line, "tfd:", 4);
		if (f)
			fclose(f);
	}
	globfree(&found);
	return n;
}

/*
 * Starts event_pipe on a pseudoterminal, because it would buffer output to a pipe or a file.
 * event_pipe does not say when it is ready, so this waits until it polls a ring for each CPU.
 */
static void start_pipe(void)
{
	__u64 since = now_ms();
	struct termios raw = {};
	int slave;

	if (!family->event)
		return;
	text = (struct event_text){ .event = family->event, .size = family->event_size };
	cpu_came_say("bpftool's event_pipe");
	cfmakeraw(&raw);
	cfsetspeed(&raw, B38400);
	if (openpty(&pipe_fd, &slave, NULL, &raw, NULL))
		observe_die("cannot open a pseudoterminal: %s (mount -t devpts none /dev/pts)",
			    strerror(errno));
	fcntl(pipe_fd, F_SETFD, FD_CLOEXEC);
	fcntl(slave, F_SETFD, FD_CLOEXEC);
	fcntl(pipe_fd, F_SETFL, O_NONBLOCK);
	start(&pipe_job, part_argv("read", NULL), slave, false);
	while (rings_of(pipe_job.pid) < sysconf(_SC_NPROCESSORS_ONLN)) {
		pause_ms(2);
		read_pipe();
		if (now_ms() - since > LIMIT * 1000)
			observe_die("bpftool map event_pipe has not opened its rings after %d s",
				    LIMIT);
	}
}

/* Stops event_pipe, after all records have been read. */
static void end_pipe(void)
{
	if (!family->event)
		return;
	read_pipe();
	if (waitpid(pipe_job.pid, NULL, WNOHANG | WNOWAIT) > 0)
		pipe_gone();
	kill(pipe_job.pid, SIGTERM);
	finish(&pipe_job, "bpftool map event_pipe");
	forget(&pipe_job);
	close(pipe_fd);
	pipe_fd = -1;
}

/* ---- which tasks to observe, and attaching -------------------------------------------------- */

/* Runs `bpftool map update pinned MAP key 0 0 0 0 value BYTE...`, for an array. */
static void update(const char *map, const void *value, size_t size)
{
	const char *args[32] = { "map", "update", "pinned", NULL, "key", "0", "0", "0", "0",
				 "value" };
	char *path = text_of("%s/%s", pins, map), bytes[16][4];

	args[3] = path;
	for (size_t i = 0; i < size && i < 16; i++) {
		snprintf(bytes[i], sizeof(bytes[i]), "%u", ((const unsigned char *)value)[i]);
		args[10 + i] = bytes[i];
	}
	run_bpftool(args);
	free(path);
}

/* Fills the maps of observed.h.  event_pipe is not observed, as its writes would be records. */
static void observe_whom(void)
{
	struct observed_config config = {
		.by_cgroup = observe.by_cgroup,
		.self = pipe_job.pid ?: (pid_t)observe.pid,
	};
	const int cgroup = CGROUP_FD;

	observed_compat(&config);
	update("observed", &config, sizeof(config));
	/* bpftool cannot name a cgroup, but it can store the number of its own descriptor. */
	if (observe.by_cgroup)
		update("observed_cgroup", &cgroup, sizeof(cgroup));
}

/* Returns true if bpftool has loaded and attached another program, and pinned its link. */
static bool attached_by_link(void)
{
	char *path = text_of("%s/link", pins);
	int fd = sys_obj_get(path);
	__u64 id;

	if (fd >= 0 && fdinfo_number(fd, "prog_id", &id)) {
		link_prog = id;
		link_prog_fd = sys_prog_by_id(id);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return link_prog;
}

static void attach(void)
{
	int status;

	start(&attach_job, part_argv("attach", NULL), -1, true);
	while (!attach_job.words[0] || !strchr(attach_job.words[0], '\n')) {
		struct pollfd pfd = { .fd = attach_job.out, .events = POLLIN };

		if (!poll(&pfd, 1, LIMIT * 1000))
			hang(&attach_job, part_name("attach"));
		if (!receive(&attach_job, 0))
			break;
	}
	if (attach_job.words[0] && !strcmp(attach_job.words[0], "attached\n"))
		return;
	status = finish(&attach_job, part_name("attach"));
	if (!status && attached_by_link()) {
		if (observe.verbose)
			observe_warn("attached by bpftool");
		return;
	}
	if (status == EXIT_SKIP)
		observe_skip("%s", reason(&attach_job, status));
	observe_die("cannot attach: %s", reason(&attach_job, status));
}

/* Removes the link.  The kernel detaches a little later, and then frees the program. */
static int unlink_link(void)
{
	char *path = text_of("%s/link", pins);
	__u64 since = now_ms();
	int fd;

	/* Reads how many runs the program has missed; closes it, as an open one is not freed. */
	fdinfo_number(link_prog_fd, "recursion_misses", &observe.missed);
	close(link_prog_fd);
	if (unlink(path))
		observe_die("cannot remove %s: %s", path, strerror(errno));
	while ((fd = sys_prog_by_id(link_prog)) >= 0) {
		close(fd);
		if (now_ms() - since > LIMIT * 1000)
			observe_die("program %u is still attached after %d s", link_prog, LIMIT);
		pause_ms(2);
	}
	free(path);
	return 0;
}

static int detach(void)
{
	int status;

	if (link_prog)
		return unlink_link();
	status = finish(&attach_job, part_name("attach"));

	if (status)
		observe_warn("bpf_attach had ended too early, so not all was observed: %s",
			     reason(&attach_job, status));
	forget(&attach_job);
	return status ? -1 : 0;
}

/* ---- maps ------------------------------------------------------------------------------------ */

/* Adds up the numbers, except errors (below 0): of these, one is kept.  See raw_stats(). */
static void add_stats(const void *key, const void *values, unsigned int cnt)
{
	size_t n = family->stats_size / sizeof(__u64);
	__u64 *sum = family->stats;
	const __u64 *value = values;

	(void)key;
	for (size_t i = 0; i < cnt * n; i++)
		sum[i % n] = (__s64)value[i] < 0 ? value[i] : sum[i % n] + value[i];
}

int bpftool_stats(void)
{
	const char *args[] = { "-j", "map", "lookup", "pinned", NULL, "key", "0", "0", "0", "0",
			       NULL };
	char *path = text_of("%s/stats", pins);
	const char *why;

	args[4] = path;
	memset(family->stats, 0, family->stats_size);
	if (!map_text_read(run_bpftool(args), sizeof(__u32), family->stats_size, add_stats, &why))
		observe_die("bpftool map lookup of %s: %s", path, why);
	free(path);
	return 0;
}

int bpftool_dump(const struct bpftool_map *map)
{
	const char *at, *why;
	int status;

	at = bpftool_part("dump", NULL, &status);
	if (status)
		bpftool_failed("dump", status);
	for (; map->name; map++) {
		at = map_text_read(at, map->key_size, map->value_size, map->entry, &why);
		if (!at)
			observe_die("bpftool map dump of %s: %s", map->name, why);
	}
	return 0;
}

/* ---- bpftool_main() ------------------------------------------------------------------------ */

static __u64 asked;	/* the time in ms at which observing ended */

/* A signal more than 2 s later ends the process at once, without the last table. */
static void ask_again(int signal)
{
	(void)signal;
	if (now_ms() - asked > 2000)
		_exit(1);
}

static void let_signals_in(void)
{
	struct sigaction action = { .sa_handler = ask_again, .sa_flags = SA_RESTART };
	sigset_t set;

	asked = now_ms();
	inherit_block(&set);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&set, i))
			sigaction(i, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int observe_all(void)
{
	enum observe_event event;
	int err = 0;

	observe_start();
	while (!err && (event = observe_wait(pipe_fd)) != OBSERVE_END) {
		if (family->event) {
			cpu_came_say("bpftool's event_pipe");
			read_pipe();
		}
		if (event == OBSERVE_SYNC) {
			bpftool_stats();
			read_all();
			family->synced();
		} else if (event == OBSERVE_REPORT && family->report) {
			err = family->report();
		}
	}
	return err;
}

int bpftool_main(const struct bpftool_family *of, int argc, char **argv)
{
	int err;

	family = of;
	observe.has_ring = family->event;
	bpftool_init(argc, argv, family->about);
	load();
	open_progs();
	start_pipe();
	observe_whom();
	attach();
	err = observe_all();
	let_signals_in();
	err |= detach();
	observe_detached();
	bpftool_stats();
	read_all();
	end_pipe();
	err |= family->end();
	return observe_exit(err);
}
