// SPDX-License-Identifier: GPL-2.0
/*
 * workload.c - drives a workload round by round; see workload.h.
 *
 * The protocol uses only send(2) and recv(2).  The expected records are printed after
 * "finish": by then all variants have been detached, so that write(2) is not counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "inherit.h"
#include "observe.h"
#include "report.h"
#include "version.h"
#include "workload.h"

#define MOST	1000000		/* the largest number that an option may have */
#define HEADER	16		/* at most so many bytes a ring adds to a record of 4-byte fields */

bool workload_brief;

static int control = -1;
static bool forbidden;		/* the setup failed for lack of a permission */
static const char *cgroup;	/* that is observed; NULL without a runner */
static bool has_namespaces;
static int places[] = { [WORKLOAD_HERE] = -1, [WORKLOAD_BELOW] = -1, [WORKLOAD_BESIDE] = -1 };

static bool send_word(const char *word)
{
	return control < 0 || send(control, word, strlen(word), MSG_NOSIGNAL) > 0;
}

/* Waits for @word.  Returns false if the runner sends another word, or has ended. */
static bool told(const char *word)
{
	char line[16];
	size_t len = 0;

	if (control < 0)
		return true;
	while (len < sizeof(line) && recv(control, line + len, 1, 0) == 1) {
		if (line[len] == '\n')
			return len == strlen(word) && !memcmp(line, word, len);
		len++;
	}
	return false;
}

/* Says that a round is done, and how many records of the first kind are expected so far. */
static bool send_done(const struct workload *w, const char *word)
{
	size_t size = 0, len, n = 0;
	FILE *out = stdout;
	char *text = NULL, *line, said[64];

	snprintf(said, sizeof(said), "%s\n", word);
	if (!w->storm || control < 0)
		return send_word(said);
	stdout = open_memstream(&text, &size);
	if (stdout) {
		w->expected();
		fclose(stdout);
	}
	stdout = out;
	if (!text || !size)
		return false;
	len = strcspn(text, " ");
	for (line = text; *line; line = strchr(line, '\n') + 1)
		n += !strncmp(line, text, len) && line[len] == ' ';
	snprintf(said, sizeof(said), "%s %.*s=%zu\n", word, (int)len, text, n);
	free(text);
	return send_word(said);
}

static unsigned int number(const char *text, unsigned int most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > most) {
		fprintf(stderr, "%s: '%s' is not a number up to %u\n",
			program_invocation_short_name, text, most);
		exit(1);
	}
	return value;
}

int workload_scratch(const char *mode)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), dir = -1;

	if (fs >= 0 && !fsconfig(fs, FSCONFIG_SET_STRING, "mode", mode, 0) &&
	    !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		dir = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (dir < 0 || fchdir(dir)) {
		forbidden = errno == EPERM;
		fprintf(stderr, "%s: cannot make a tmpfs of its own: %s%s\n",
			program_invocation_short_name, strerror(errno),
			forbidden ? " (it takes CAP_SYS_ADMIN)" : "");
		return -1;
	}
	close(fs);
	return close(dir);
}

/* Makes a cgroup, whose path is relative to the one that is observed, and opens it. */
static int make_place(const char *path)
{
	int dir = places[WORKLOAD_HERE];

	return mkdirat(dir, path, 0755) ? -1 :
	       openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* May this process make pid namespaces? */
static bool probe_namespaces(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD, .flags = CLONE_NEWPID };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

int workload_cgroups(void)
{
	if (!cgroup)
		return 0;
	places[WORKLOAD_HERE] = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	places[WORKLOAD_BELOW] = make_place("below");
	places[WORKLOAD_BESIDE] = make_place("../beside");
	has_namespaces = probe_namespaces();
	if (places[WORKLOAD_BELOW] >= 0 && places[WORKLOAD_BESIDE] >= 0)
		return 0;
	fprintf(stderr, "%s: cannot make cgroups below and beside %s: %s\n",
		program_invocation_short_name, cgroup, strerror(errno));
	return -1;
}

pid_t workload_fork(enum workload_place place)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (places[place] >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = places[place];
	}
	if (place == WORKLOAD_BELOW && has_namespaces)
		args.flags |= CLONE_NEWPID;
	return syscall(SYS_clone3, &args, sizeof(args));
}

/* /proc has the ids of the namespace for which it was mounted. */
static void read_ids(pid_t *pid, pid_t *tid)
{
	char link[64];
	ssize_t len = readlink("/proc/thread-self", link, sizeof(link) - 1);

	link[len > 0 ? len : 0] = '\0';
	if (sscanf(link, "%d/task/%d", pid, tid) == 2)
		return;
	*pid = getpid();
	*tid = syscall(SYS_gettid);
}

pid_t workload_pid(void)
{
	pid_t pid, tid;

	read_ids(&pid, &tid);
	return pid;
}

pid_t workload_tid(void)
{
	pid_t pid, tid;

	read_ids(&pid, &tid);
	return tid;
}

void workload_not_made(const char *what)
{
	fprintf(stderr, "not made: %s\n", what);
}

/*
 * Lets the next processes have pids that do not fit into 16 bits, where the kernel allows it
 * (kernel.pid_max): an observer may have cut them.  Another workload that runs at the same
 * time has to get other ones.
 */
static void count_pids_on(void)
{
	FILE *limit = fopen("/proc/sys/kernel/pid_max", "re");
	FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "r+e");
	int last, max;

	if (f && limit && fscanf(f, "%d", &last) == 1 && fscanf(limit, "%d", &max) == 1 &&
	    last <= USHRT_MAX && max > 2 * USHRT_MAX) {
		rewind(f);
		fprintf(f, "%d", USHRT_MAX + 1 + getpid() * 61 % (max - 2 * USHRT_MAX));
	}
	if (f)
		fclose(f);
	if (limit)
		fclose(limit);
}

int workload_refuse(long nr)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -1 : 0;
}

int workload_main(int argc, char **argv, const struct workload *w)
{
	static const struct option options[] = {
		{ "brief", no_argument, NULL, 'b' },
		{ "cgroup", required_argument, NULL, 'g' },
		{ "command", no_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 'C' },
		{ "events", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "ring", required_argument, NULL, 'R' },
		{ "storm", no_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	unsigned int events = w->events, per_round = w->per_round, fit, first, n;
	bool storm = false, full = false;
	sigset_t none;
	bool up;
	int err = -1, opt;

	if (!inherit_init()) {
		fprintf(stderr, "%s: stdout is closed\n", program_invocation_short_name);
		return 1;
	}
	/* Some workloads send signals to themselves, so no signal may be blocked. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	while ((opt = getopt_long(argc, argv, "n:h", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			if (w->alone)
				fprintf(stderr, "%s: %s\n", program_invocation_short_name,
					w->alone);
			return w->alone ? EXIT_SKIP : 0;
		case 'C':
			control = number(optarg, MOST);
			break;
		case 'n':
			events = number(optarg, w->most ? w->most : MOST);
			break;
		case 'g':
			cgroup = optarg;
			break;
		case 'h':
			printf("Usage: %s [-n EVENTS | --storm] [--ring=BYTES] [--control=FD]\n\n%s\n\n"
			       "Does EVENTS events (default %u) in rounds of %u, then prints what it did.\n",
			       program_invocation_short_name, w->about, w->events, w->per_round);
			if (w->storm)
				printf("With --storm, does one such round, and one of %u events.\n",
				       w->storm);
			if (w->fill)
				printf("With --storm, fills up the maps of its observers in the end.\n");
			return 0;
		case 'b':
			workload_brief = true;
			events = w->per_round < w->events ? w->per_round : w->events;
			break;
		case 's':
			storm = w->storm;
			full = w->fill;
			if (storm || full)
				break;
			fprintf(stderr, "%s: it has no storm: it fills no ring and no map\n",
				program_invocation_short_name);
			return EXIT_SKIP;
		case 'R':
			if (!w->record) {
				fprintf(stderr, "%s: it has no variants with a ring\n",
					program_invocation_short_name);
				return EXIT_SKIP;
			}
			/* A ring is never filled to its last byte.  Some rounds have to be even. */
			fit = (observe_ring(optarg) - 1) / (w->record + HEADER) & ~1U;
			per_round = fit < 2 ? 2 : fit < w->per_round ? fit : w->per_round;
			break;
		case 'V':
			version_print();
			return report_flush() ? 1 : 0;
		default:
			return 1;
		}
	}
	/* If the runner dies, the workload must end, too. */
	if (control >= 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
			     fcntl(control, F_SETFD, FD_CLOEXEC))) {
		fprintf(stderr, "%s: --control: %d is not an open descriptor\n",
			program_invocation_short_name, control);
		return 1;
	}
	report_format = REPORT_RECORDS;
	if (control >= 0)
		count_pids_on();
	if (w->setup && w->setup())
		goto cleanup;
	if (storm)
		events = per_round + w->storm;
	up = send_word("ready\n");
	for (first = 0; up && first < events; first += n) {
		if (storm && first)
			per_round = w->storm;
		n = events - first < per_round ? events - first : per_round;
		if (!told("go") || w->round(first, n) || (full && first + n == events && w->fill()))
			goto cleanup;
		up = send_done(w, first + n < events ? "more" : "end");
	}
	if (!up || !told("finish"))
		goto cleanup;
	w->expected();
	err = report_flush();
	if (err && errno != EPIPE)
		fprintf(stderr, "%s: cannot write to stdout: %s\n", program_invocation_short_name,
			strerror(errno));
cleanup:
	if (w->cleanup)
		w->cleanup();
	return forbidden ? EXIT_SKIP : err ? 1 : 0;
}
