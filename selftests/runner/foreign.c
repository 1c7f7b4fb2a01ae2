// SPDX-License-Identifier: GPL-2.0
/*
 * foreign - speaks the runner's control line for a tool that knows nothing of it, so that
 * the tool can stand beside the variants of a family, or beside another tool.
 *
 *	foreign [--control=FD] [--cgroup=DIR] [--format=records] SCRIPT
 *
 * SCRIPT is text for sh, in which
 *
 *	tool()		runs the tool.  $CGROUP is the path of the observed cgroup.
 *	records()	is a filter from the tool's lines to records
 *	canary()	causes an event that the tool reports, with the word $1 in the report.
 *			Without it, a program of that name is executed, and opens itself.
 *	ready=WORDS	for a tool that prints nothing before it ends: it is ready when it
 *			prints these words, and there are no canaries.
 *
 * The tool runs on a pty, since most tools write whole blocks to a pipe.  That it has loaded a
 * program does not say that the program is attached, and that it is attached does not say
 * that what it has seen has been printed.  So only what comes out of the tool counts: it is
 * ready, and after a round it has read all records, when a canary of each CPU has come out.
 * (Of each CPU, since many tools have a ring for each.)  There is a sync before the first round,
 * too.  The tool is ended by SIGINT, as by ^C, which is sent again if it does not end.
 *
 * The filter gets the lines that the tool printed from the first sync to the last one, and after
 * it was told to end (before and after that, other processes may have the same pids), without
 * those that name a canary, and without those that say how many events were lost, which are
 * counted.
 * In them all bytes but blanks are as in a record: \xNN if they are not printable.  A name
 * may have a newline in it: "join REGEX" makes one line of a line that matches REGEX and those
 * after it that do not.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "inherit.h"
#include "tracing.h"
#include "workload.h"

#define EXIT_SKIP	4	/* what kselftest calls KSFT_SKIP */

/* A canary's word, 15 bytes as a comm has: this, its maker's pid, and a number. */
#define CANARY		"canary_"
#define PID_DIGITS	5	/* of base 36 */
#define NUMBER_DIGITS	3
#define NUMBERS		(36 * 36 * 36)
#define WORD_LEN	(sizeof(CANARY) - 1 + PID_DIGITS + NUMBER_DIGITS)

#define AGAIN_MS	200	/* after so long another canary is made, and later and later */
#define SELDOM_MS	5000	/* but not later: it is not to slow down a tool that starts */
#define HINT_MS		2000	/* and after so long a line on stderr says what is waited for */

enum state { STARTING, READY, SYNCING, ENDING };

/* What a script may use. */
static const char prelude[] =
	"join() {\n"
	"	awk -v start=\"$1\" '\n"
	"	$0 !~ start { if (all) all = all \"\\\\x0a\" $0; next }\n"
	"	{ if (all) print all; all = $0 }\n"
	"	END { if (all) print all }'\n"
	"}\n";

static const char *script;
static char *ready_words;		/* "": it has canaries */
static bool own_canary;			/* the script defines canary() */
static int where = -1;			/* the directory in which this was started */
static enum state state = STARTING;
static int control = -1;
static char exe[4096];
static pid_t tool;			/* also its process group */
static int tool_status = -1;
static int pty = -1;
static FILE *lines;			/* what the filter will get */
static char *last;			/* the last line that was not empty, for messages */
static unsigned long long lost, lost_said;
static bool said_ready;			/* it has printed @ready_words */

static char *line;			/* not yet a whole line */
static size_t line_len, line_room;

static cpu_set_t all_cpus, waited;	/* whose canary has not come out yet */
static int number, first_number;	/* of the next canary, and of the first that counts */
static short cpu_of[NUMBERS];		/* where the canary of this number has been */
static int singing;			/* canaries that have not ended yet */
static long long again_at, again_ms, hint_at;

static void __attribute__((noreturn, format(printf, 2, 3))) end(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

static void __attribute__((noreturn)) die(const char *what)
{
	end(1, "foreign: %s: %s", what, strerror(errno));
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void say(const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (control >= 0)
		send(control, text, strlen(text), MSG_NOSIGNAL);
}

/* In a child: runs the script, and then @what, whose $1 is @arg. */
static void __attribute__((noreturn)) run_script(const char *what, const char *arg)
{
	char *text;

	if (asprintf(&text, "%s\n%s\n%s", prelude, script, what) < 0)
		_exit(126);
	inherit_restore();
	execl("/bin/sh", "sh", "-c", text, "sh", arg, NULL);
	_exit(126);
}

/* Finds out what the script defines. */
static void ask_script(void)
{
	char *text = calloc(1, 256);
	int pair[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (!text || pipe2(pair, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (!pid) {
		dup2(pair[1], 1);
		run_script("command -v canary; printf '.%s' \"${ready-}\"", "");
	}
	close(pair[1]);
	while (len < 255 && (n = read(pair[0], text + len, 255 - len)) > 0)
		len += n;
	close(pair[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status || !strchr(text, '.'))
		end(1, "the script of the tool cannot be read by sh");
	own_canary = text[0] != '.';
	ready_words = strchr(text, '.') + 1;
}

/* ---- the tool ---- */

static void start_tool(void)
{
	struct winsize size = { .ws_row = 50, .ws_col = 4096 };
	struct termios term;
	char *name;
	int slave;

	pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty < 0 || grantpt(pty) || unlockpt(pty))
		die("cannot make a pty");
	name = ptsname(pty);
	slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	/* Its bytes come out as it has written them, and nothing is echoed. */
	if (slave < 0 || tcgetattr(slave, &term))
		die("cannot open a pty");
	cfmakeraw(&term);
	tcsetattr(slave, TCSANOW, &term);
	ioctl(slave, TIOCSWINSZ, &size);
	tool = fork();
	if (tool < 0)
		die("fork");
	if (!tool) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* The terminal is its own: if this program is killed, all of it gets SIGHUP. */
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		/* A shell ignores it in what it runs with "&", and then Python lets it be so. */
		signal(SIGINT, SIG_DFL);
		run_script("tool", "");
	}
	close(slave);
}

/* The tool has ended before it should. */
static void __attribute__((noreturn)) tool_ended(void)
{
	const char *words = last ? last : "it has printed nothing";

	if (WIFSIGNALED(tool_status))
		end(1, "the tool was killed by signal %d: %s", WTERMSIG(tool_status), words);
	if (state == STARTING && WEXITSTATUS(tool_status) == 127)
		end(EXIT_SKIP, "cannot be run here: %s", words);
	end(1, "the tool ended with status %d: %s", WEXITSTATUS(tool_status), words);
}

/* ---- canaries ---- */

static void base36(char *to, unsigned int n, int digits)
{
	for (; digits--; n /= 36)
		to[digits] = "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
}

/* Returns where a canary's word is in @s, or NULL. */
static const char *find_canary(const char *s)
{
	while ((s = strstr(s, CANARY))) {
		size_t n = strspn(s + sizeof(CANARY) - 1, "0123456789abcdefghijklmnopqrstuvwxyz");

		if (n >= PID_DIGITS + NUMBER_DIGITS)
			return s;
		s++;
	}
	return NULL;
}

static void make_canary(int cpu)
{
	char word[WORD_LEN + 1] = CANARY;
	cpu_set_t set;
	pid_t pid;

	base36(word + sizeof(CANARY) - 1, getpid(), PID_DIGITS);
	base36(word + sizeof(CANARY) - 1 + PID_DIGITS, number, NUMBER_DIGITS);
	cpu_of[number] = cpu;
	number = (number + 1) % NUMBERS;
	/* This is in a tmpfs of its own, see main(). */
	if (symlink(exe, word) && errno != EEXIST)
		die("cannot make a canary");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
		dup2(2, 1);
		if (own_canary && !fchdir(where))
			run_script("canary \"$1\"", word);
		inherit_restore();
		execl(word, word, NULL);
		_exit(126);
	}
	singing++;
}

/* Makes a canary on each CPU of which none has come out yet. */
static void make_canaries(void)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &waited))
			make_canary(cpu);
	again_at = now_ms() + again_ms;
	again_ms = again_ms * 3 / 2 < SELDOM_MS ? again_ms * 3 / 2 : SELDOM_MS;
}

static void begin_canaries(void)
{
	waited = all_cpus;
	first_number = number;
	hint_at = now_ms() + HINT_MS;
	again_ms = AGAIN_MS;
	make_canaries();
}

/* A line of the tool names a canary.  Is it one that is waited for? */
static void canary_seen(const char *s)
{
	char maker[PID_DIGITS + 1] = "", digits[NUMBER_DIGITS + 1] = "", mine[PID_DIGITS + 1] = "";
	int n;

	memcpy(maker, s + sizeof(CANARY) - 1, PID_DIGITS);
	memcpy(digits, s + sizeof(CANARY) - 1 + PID_DIGITS, NUMBER_DIGITS);
	base36(mine, getpid(), PID_DIGITS);
	n = strtol(digits, NULL, 36);
	if (!strcmp(maker, mine) &&
	    (n - first_number + NUMBERS) % NUMBERS < (number - first_number + NUMBERS) % NUMBERS)
		CPU_CLR(cpu_of[n], &waited);
}

/* The program that a canary is, unless the script has another one. */
static int sing(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0;
}

/* ---- what the tool prints ---- */

/* "Lost 3 events", "Possibly lost 3 samples": what bpftrace, libbpf-tools and bcc say. */
static bool counts_losses(const char *s)
{
	unsigned long long n;

	if (!strncmp(s, "Possibly ", 9))
		s += 9;
	if (sscanf(s, "%*1[Ll]ost %llu ", &n) != 1)
		return false;
	if (state != STARTING)
		lost += n;
	return true;
}

static void take_line(void)
{
	const char *canary;
	size_t i;

	if (ready_words[0] && strstr(line, ready_words))
		said_ready = true;
	canary = find_canary(line);
	if (canary) {
		canary_seen(canary);
		return;
	}
	if (!counts_losses(line) && state != STARTING) {
		for (i = 0; i < line_len; i++) {
			unsigned char c = line[i];

			fprintf(lines, c < 0x20 || c > 0x7e || c == '\\' ? "\\x%02x" : "%c", c);
		}
		fputc('\n', lines);
	}
	if (line_len) {
		free(last);
		last = strdup(line);
	}
}

/* Reads what there is.  Returns false when the tool, and all that has its terminal, has ended. */
static bool read_pty(void)
{
	char buf[65536];
	ssize_t n = read(pty, buf, sizeof(buf));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (line_len + 1 >= line_room) {
			line_room = line_room ? 2 * line_room : 4096;
			line = realloc(line, line_room);
			if (!line)
				die("no memory");
		}
		if (buf[i] == '\n') {
			line[line_len] = 0;
			take_line();
			line_len = 0;
		} else {
			line[line_len++] = buf[i];
		}
		line[line_len] = 0;
	}
	return true;
}

/* ---- the control line ---- */

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == tool)
			tool_status = status;
		else
			singing--;
	}
}

/* Reads a command of the runner byte by byte. */
static const char *take_command(void)
{
	static char text[64];
	size_t n = 0;

	while (n < sizeof(text) - 1 && recv(control, text + n, 1, 0) == 1) {
		if (text[n] == '\n') {
			text[n] = 0;
			return text;
		}
		n++;
	}
	exit(1);	/* the runner is dead */
}

/* How many bytes of @lines were there at the last sync. */
static long at_sync;

static void forget_after(long at)
{
	if (fflush(lines) || fseek(lines, at, SEEK_SET) || ftruncate(fileno(lines), at))
		die("cannot keep what the tool prints");
}

static void synced(void)
{
	static bool began;

	state = READY;
	if (!began) {
		forget_after(0);
		lost = 0;
	}
	began = true;
	at_sync = ftell(lines);
	lost_said = lost;
	say("synced seen=0 lost=%llu missed=0\n", lost);
}

static void obey(const char *command)
{
	if (!strcmp(command, "sync")) {
		if (ready_words[0])
			return synced();
		state = SYNCING;
		begin_canaries();
	} else if (!strcmp(command, "finish")) {
		/* Another tool may have been late, and another process has a pid of the command. */
		if (!ready_words[0])
			forget_after(at_sync);
		state = ENDING;
		again_at = now_ms() + SELDOM_MS;
		kill(-tool, SIGINT);
	}
}

/* Whether what is waited for has happened, or, after some time, has to be tried again. */
static void look(void)
{
	bool waits = state == STARTING || state == SYNCING;

	/* What Python calls back, as for each event of bcc, loses the exception that ^C is. */
	if (state == ENDING && now_ms() > again_at) {
		again_at = now_ms() + SELDOM_MS;
		kill(-tool, SIGINT);
	}
	if (!waits)
		return;
	/* A prompt may be no whole line. */
	if (ready_words[0] && line_len && strstr(line, ready_words))
		said_ready = true;
	if (ready_words[0] ? said_ready : !CPU_COUNT(&waited)) {
		if (state == SYNCING)
			return synced();
		state = READY;
		say("ready\n");
		return;
	}
	if (hint_at && now_ms() > hint_at) {
		if (ready_words[0])
			fprintf(stderr, "it has not printed '%s'", ready_words);
		else
			fprintf(stderr, "it has printed no line with the word of a canary, " CANARY "...");
		fprintf(stderr, "; its last line: %s\n", last ? last : "(none)");
		hint_at = 0;
	}
	if (!ready_words[0] && !singing && now_ms() > again_at)
		make_canaries();
}

static void converse(void)
{
	struct pollfd fds[2];

	if (!ready_words[0])
		begin_canaries();
	else
		hint_at = now_ms() + HINT_MS;
	for (;;) {
		fds[0] = (struct pollfd){ .fd = pty, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = control, .events = POLLIN };
		if (poll(fds, 2, 20) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents && !read_pty()) {
			while (tool_status < 0) {
				poll(NULL, 0, 10);
				reap();
			}
			return;
		}
		reap();
		look();
		if (fds[1].revents)
			obey(take_command());
	}
}

/* Prints the records of all lines. */
static void print_records(void)
{
	int status;
	pid_t pid;

	if (fflush(lines) || lseek(fileno(lines), 0, SEEK_SET))
		die("cannot keep what the tool prints");
	pid = fork();
	if (!pid) {
		dup2(fileno(lines), 0);
		setenv("LC_ALL", "C", 1);
		run_script("records", "");
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("cannot run the filter");
	if (status)
		end(1, "the filter of its records ended with status %d", WIFEXITED(status) ?
		    WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cgroup", required_argument, NULL, 'g' },
		{ "control", required_argument, NULL, 'C' },
		{ "format", required_argument, NULL, 'f' },
		{}
	};
	char path[8192];
	int c;

	if (find_canary(argv[0]))
		return sing(argv[0]);
	inherit_init();
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'g')
			setenv("CGROUP", optarg, 1);
		else if (c == 'C')
			control = atoi(optarg);
		else if (c != 'f')
			return 1;
	}
	if (optind != argc - 1 || control < 0)
		end(1, "Usage: foreign --control=FD SCRIPT (equiv --with calls it)");
	fcntl(control, F_SETFD, FD_CLOEXEC);
	script = argv[optind];
	lines = fdopen(memfd_create("lines", MFD_CLOEXEC), "w");
	if (!lines || sched_getaffinity(0, sizeof(all_cpus), &all_cpus))
		die("cannot start");
	/* A filter may need a program of the suite, such as syscall_names. */
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		die("/proc/self/exe");
	snprintf(path, sizeof(path), "%s:%.*s", getenv("PATH") ?: "/usr/sbin:/usr/bin:/sbin:/bin",
		 (int)(strrchr(exe, '/') - exe), exe);
	setenv("PATH", path, 1);
	ask_script();
	tracing_mount();
	start_tool();
	where = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (where < 0 || workload_scratch("755"))
		return 1;
	converse();
	if (state != ENDING)
		tool_ended();
	if (WIFSIGNALED(tool_status) ? WTERMSIG(tool_status) != SIGINT :
	    WEXITSTATUS(tool_status) && WEXITSTATUS(tool_status) != 128 + SIGINT)
		tool_ended();
	print_records();
	if (lost != lost_said)
		end(1, "the tool lost %llu events after the last round", lost - lost_said);
	return 0;
}
