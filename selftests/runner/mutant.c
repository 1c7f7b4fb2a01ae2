// SPDX-License-Identifier: GPL-2.0
/*
 * mutant - a real variant or workload with one fault, to check that the runner
 * reports it.
 *
 * Linked as <stem>-<fault>.<stage>, it runs the real <stem>.<stage> beside
 * its own executable, stands between it and the runner on the control line,
 * and passes on what it prints, except for the fault.  As <stem>.workload the
 * fault comes from $MUTANT.  Without a fault ("same") nothing may fail:
 * that shows that the fault makes the test fail, and not the mutant itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inherit.h"

static const char *fault;
static char dir[4096], real[4096 + 256];
static int control = -1;	/* to the runner */
static int inner = -1;		/* to the real one */
static int noise = -1;		/* stdin of noise, which ends when this is closed */
static pid_t pid;
static char *last;		/* the one that is torn or left out */

static int is(const char *name)
{
	return !strcmp(fault, name);
}

static bool has_option(char **argv, const char *option)
{
	while (*argv && strncmp(*argv, option, strlen(option)))
		argv++;
	return *argv;
}

/*
 * The fault "X-storm" is X in the second pass, which has a --tick or a --storm, and "X-all" in
 * the third one, which has no --cgroup; in no other.
 */
static const char *in_pass(const char *name, char **argv)
{
	const char *dash = strrchr(name, '-');

	if (dash && !strcmp(dash, "-storm"))
		return has_option(argv, "--tick=") || has_option(argv, "--storm") ?
		       strndup(name, dash - name) : "same";
	if (dash && !strcmp(dash, "-all"))
		return has_option(argv, "--cgroup=") ? "same" : strndup(name, dash - name);
	return name;
}

static void die(const char *what)
{
	fprintf(stderr, "mutant: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void __attribute__((noreturn)) hang(void)
{
	for (;;)
		pause();
}

static void say(int fd, const char *line)
{
	char text[300];

	snprintf(text, sizeof(text), "%s\n", line);
	send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Reads a line byte by byte; NULL at the end of file. */
static char *line_from(int fd)
{
	static char line[256];
	size_t n = 0;

	while (n < sizeof(line) - 1 && recv(fd, line + n, 1, 0) == 1) {
		if (line[n] == '\n') {
			line[n] = 0;
			return line;
		}
		n++;
	}
	return NULL;
}

static pid_t start(char **argv, int in, int out, int keep)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	inherit_restore();
	if (in >= 0)
		dup2(in, 0);
	if (out >= 0)
		dup2(out, 1);
	if (is("mute"))
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
	if (keep >= 0)
		fcntl(keep, F_SETFD, 0);
	execv(argv[0], argv);
	die(argv[0]);
	return -1;
}

/* Work outside of the cgroup, of the kinds that the families observe. */
static void start_noise(void)
{
	char path[4096 + 16], *argv[] = { path, NULL };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	snprintf(path, sizeof(path), "%s/noise", dir);
	start(argv, fds[0], -1, -1);
	close(fds[0]);
	noise = fds[1];
}

/* Has another process, which is no child of this one, wake the real one again and again. */
static void keep_awake(void)
{
	pid_t child = fork();

	if (!child && fork())
		_exit(0);
	if (child) {
		waitpid(child, NULL, 0);
		return;
	}
	close(control);
	while (!kill(pid, SIGCONT))
		poll(NULL, 0, 1);
	_exit(0);
}

/* The real one, with another control line and, for one fault, another cgroup. */
static void start_real(int argc, char **argv, int out)
{
	char where[4096], ctl[32];
	int pair[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	argv[0] = real;
	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--control=", 10)) {
			snprintf(ctl, sizeof(ctl), "--control=%d", pair[1]);
			argv[i] = ctl;
		}
		if (is("outside") && !strncmp(argv[i], "--cgroup=", 9)) {
			/* The one that the noise is in: outside of the run's room, too. */
			snprintf(where, sizeof(where), "%s", argv[i]);
			*strrchr(where, '/') = 0;
			*strrchr(where, '/') = 0;
			argv[i] = where;
		}
	}
	pid = start(argv, -1, out, pair[1]);
	if (is("hang-awake"))
		keep_awake();
	close(pair[1]);
	inner = pair[0];
}

/* A line from the runner. */
static void downwards(char *line)
{
	if (is("hang-sync") && !strcmp(line, "sync"))
		hang();
	if (is("hang-round") && !strcmp(line, "go"))
		hang();
	if (is("hang-finish") && !strcmp(line, "finish"))
		hang();
	if (is("crash") && (!strcmp(line, "sync") || !strcmp(line, "go"))) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (is("early") && (!strcmp(line, "sync") || !strcmp(line, "go")))
		exit(0);
	if (is("late-skip") && !strcmp(line, "sync")) {
		fprintf(stderr, "mutant: has thought better of it\n");
		exit(4);
	}
	say(inner, line);
}

/* A line from the real one. */
static void upwards(char *line)
{
	unsigned long long seen, lost, missed;
	char other[128];

	if (sscanf(line, "synced seen=%llu lost=%llu missed=%llu", &seen, &lost, &missed) == 3) {
		if (is("lost"))
			lost = 3;
		if (is("seen"))
			seen--;
		if (is("hidden"))
			lost = 0;
		if (is("twice"))
			lost *= 2;
		if (is("missed"))
			missed = 7;
		snprintf(other, sizeof(other), "synced seen=%llu lost=%llu missed=%llu", seen, lost,
			 missed);
		line = other;
		if (is("babble"))
			line = "all is well";
	}
	if (is("hang-ready") && !strcmp(line, "ready"))
		hang();
	if (is("outside") && !strcmp(line, "ready"))
		start_noise();
	if (is("ready-first") && !strcmp(line, "ready"))
		return;
	say(control, line);
}

/* Prints a line of what the real one has printed, with the fault. */
static void print(char *line)
{
	static char *gone, *changed, *before;
	static int n;
	char *c;

	if (!n && is("garbage"))
		printf("Segmentation fault (core dumped)\n");
	if ((is("drop") || is("swap") || is("missed") || is("lie")) && n == 1) {
		gone = strdup(line);
		n++;
		return;
	}
	if ((is("double") && n == 1) || is("doubles"))
		printf("%s\n", line);
	/* To double a line that equals the lost one would change nothing. */
	if (is("swap") && gone && !changed && strcmp(line, gone)) {
		printf("%s\n", line);
		changed = strdup(line);
	}
	/* Changes a pid, or the first number of a line. */
	c = is("pid") ? strstr(line, " pid") : is("value") ? line : NULL;
	c = c ? strpbrk(c, "0123456789") : NULL;
	if (c && !changed) {
		*c = *c == '7' ? '8' : '7';
		changed = strdup(line);
	}
	/* All pids: where all tasks are observed, the first lines are of others. */
	c = is("pids") ? strstr(line, " pid=") : NULL;
	if (c) {
		printf("%.*s1%s\n", (int)(c + 5 - line), line, c + 5);
		n++;
		return;
	}
	/* The last line is torn or left out, so each is printed when there is another one. */
	if (is("torn") || is("drop-last")) {
		if (before)
			printf("%s\n", before);
		free(before);
		before = strdup(line);
		last = before;
	} else {
		printf("%s\n", line);
	}
	n++;
}

/* Reads what the real one has printed.  Returns false at the end. */
static bool pass_on(int out)
{
	static char *text;
	static size_t len;
	char *line, *end;
	ssize_t n;

	text = realloc(text, len + 65536 + 1);
	if (!text)
		die("realloc");
	n = read(out, text + len, 65536);
	if (n <= 0)
		return false;
	len += n;
	text[len] = 0;
	for (line = text; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (!is("empty"))
			print(line);
	}
	len = text + len - line;
	memmove(text, line, len);
	/* As if each line had woken it, on a loaded machine. */
	for (int i = 0; i < 200 && is("slow"); i++)
		poll(NULL, 0, 1);
	/* All that is printed waits for the end in the buffer of stdout. */
	if (!is("hang-print") && !is("print-late"))
		fflush(stdout);
	return true;
}

/* Passes lines on until the real one has closed its ends. */
static void relay(int out)
{
	struct pollfd fds[3] = {
		{ .fd = control, .events = POLLIN },
		{ .fd = inner, .events = POLLIN },
		{ .fd = out, .events = POLLIN },
	};
	char *line;

	while (fds[1].fd >= 0 || fds[2].fd >= 0) {
		/* The runner also counts how often it waits, as a variant does for its ring. */
		if (poll(fds, 3, 100) < 0)
			die("poll");
		if (fds[2].revents) {
			if (!pass_on(out))
				fds[2].fd = -1;
		} else if (fds[1].revents) {
			line = line_from(inner);
			if (line)
				upwards(line);
			else
				fds[1].fd = -1;
		} else if (fds[0].revents) {
			line = line_from(control);
			if (!line)
				exit(1);	/* the runner is dead */
			downwards(line);
		}
	}
}

int main(int argc, char **argv)
{
	char *name = program_invocation_short_name, *dash, *dot;
	static char kept[1 << 20];	/* what is not to be printed too early */
	ssize_t len;
	int out[2], status, i;

	inherit_init();
	setvbuf(stdout, kept, _IOFBF, sizeof(kept));
	dash = strchr(name, '-');
	dot = strchr(name, '.');
	len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	fault = getenv("MUTANT");
	if (len < 0 || !dot || (!dash && !fault)) {
		fprintf(stderr, "mutant: link it as STEM-FAULT.STAGE (see test_equiv.sh)\n");
		return 1;
	}
	dir[len] = 0;
	*strrchr(dir, '/') = 0;
	if (dash)
		fault = strndup(dash + 1, dot - dash - 1);
	fault = in_pass(fault, argv);
	snprintf(real, sizeof(real), "%s/%.*s%s", dir, (int)((dash ? dash : dot) - name), name,
		 dot);
	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--control=", 10))
			control = atoi(argv[i] + 10);
	if (control < 0) {
		fprintf(stderr, "mutant: needs --control=FD\n");
		return 1;
	}
	fcntl(control, F_SETFD, FD_CLOEXEC);

	if (is("skip")) {
		fprintf(stderr, "mutant: no such thing on this kernel\n");
		return 4;
	}
	if (is("mute-skip"))
		return 4;
	if (is("not-ready"))
		return 0;
	if (is("deaf")) {
		/* Never attaches, and answers as if it had. */
		for (say(control, "ready"); (name = line_from(control)) && strcmp(name, "finish");)
			say(control, "synced seen=0 lost=0 missed=0");
		return 0;
	}
	if (pipe2(out, O_CLOEXEC))
		die("pipe");
	if (is("ready-first"))
		say(control, "ready");
	start_real(argc, argv, out[1]);
	close(out[1]);
	relay(out[0]);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (noise >= 0) {
		close(noise);
		wait(NULL);
	}
	if (is("stray") && !fork()) {
		close(control);
		setsid();
		hang();
	}
	if (last && is("torn"))
		printf("%.*s", (int)strlen(last) / 2, last);
	if (is("calm"))
		return 0;
	if (is("warns"))
		fprintf(stderr, "mutant: something is not quite right\n");
	if (is("status")) {
		fprintf(stderr, "mutant: something went wrong\n");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
