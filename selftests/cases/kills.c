// SPDX-License-Identifier: GPL-2.0
/*
 * kills - checks that a SIGKILL of any process at any moment leaves nothing behind.
 *
 * It starts a variant, or the runner, in each way that there is, waits until it is in
 * some phase, kills one process of it, and looks for what is left: processes, BPF
 * programs, maps and links, pins, cgroups, mounts, files, kprobes in tracefs.
 * Nothing may be left after some seconds; if the guard was killed together with the
 * process that it guards, nothing after the next start.  And no shell may print which
 * of its lines has lost a child.
 *
 * It recognizes a phase from outside: by the BPF objects that the processes hold, the
 * words on the control line, the first act of COMMAND.  A kill comes at a random moment
 * of the phase.  Orphans become children of this program, so it finds all processes.
 *
 *	kills [-n KILLS] [-s SEED] [-o] [-v] [PATTERN...]	root; prints KTAP
 *
 * -o says that nobody else uses BPF on this machine, as in a guest: then each object
 * that was not there before counts as left, not only those that the processes have held.
 * PATTERN matches names of variants, or "equiv"; the default is all.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"

#define GONE_SECONDS	60	/* at most, until nothing is left of a killed one */
#define END_SECONDS	300	/* at most, until one that has lost a helper ends */
#define REACH_SECONDS	120	/* at most, until a phase is reached */

enum phase { START, LOAD, ATTACH, RUN, SYNC, END, TABLE, CLEANUP, PHASES };
static const char *const phase_name[] = {
	"start", "load", "attach", "run", "sync", "end", "table", "cleanup"
};

enum role { FRONT, WORKER, COMMAND, HELPER, GUARD, FRONT_GUARD, ROLES };
static const char *const role_name[] = {
	"front", "worker", "COMMAND", "helper", "guard", "front+guard"
};

enum mode { BY_COMMAND, BY_CONTROL, LIVE, MODES };
static const char *const mode_name[] = { "-- COMMAND", "--control", "live" };

struct variant {
	char *name, *path, *workload;
	int stage, tried, killed;
	bool shell, runner;
	bool cannot[MODES];
};

/* For each stage: the results so far, and how long a phase takes, in ms. */
struct stage {
	char *name;
	int killed[PHASES], left[PHASES], by_role[ROLES], role_left[ROLES];
	double took[MODES][PHASES];
};

struct process {
	pid_t pid, parent;
	enum role role;
};

static struct variant *variants;
static struct stage stages[16];
static int n_variants, n_stages, results, failures;
static bool alone, verbose;
static volatile sig_atomic_t stop;
static char dir[PATH_MAX], bin[PATH_MAX], *cgroup;

/* ---- this run ----------------------------------------------------------------- */

static struct variant *v;
static enum mode mode;
static pid_t front;
static int front_status, control, output, hello, go;
static bool front_ended, running;
static char word[64];
static size_t word_len;

static struct process tree[1024];
static int n_tree, attached, loaded, helpers;

/* All pids, and ids of programs, maps and links, that this run had at any time. */
static pid_t pids[65536];
static int n_pids;
enum { PROG, MAP, LINK, KINDS };
static const char *const kind_name[] = { "program", "map", "link" };
static __u32 ids[KINDS][4096], before[KINDS][4096];
static int n_ids[KINDS], n_before[KINDS];

static void die(const char *what)
{
	fprintf(stderr, "kills: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void pause_ms(double ms)
{
	struct timespec t = { ms / 1000, (long)(ms * 1e6) % 1000000000 };

	nanosleep(&t, NULL);
}

static int some(int n)
{
	return random() % n;
}

/* ---- what there is -------------------------------------------------------------- */

static bool add(__u32 *set, int *n, int max, __u32 id)
{
	for (int i = 0; i < *n; i++)
		if (set[i] == id)
			return false;
	if (*n < max)
		set[(*n)++] = id;
	return true;
}

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int fd_by_id(int kind, __u32 id)
{
	static const int cmd[] = {
		BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return sys_bpf(cmd[kind], &attr);
}

static int all_ids(int kind, __u32 *set, int max)
{
	static const int cmd[] = {
		BPF_PROG_GET_NEXT_ID, BPF_MAP_GET_NEXT_ID, BPF_LINK_GET_NEXT_ID
	};
	union bpf_attr attr;
	int n = 0;

	memset(&attr, 0, sizeof(attr));
	while (n < max && !sys_bpf(cmd[kind], &attr)) {
		set[n++] = attr.next_id;
		attr.start_id = attr.next_id;
	}
	return n;
}

/* Counts a descriptor by what it is, and adds the ids in its fdinfo. */
static void look_at_fd(pid_t pid, const char *fd)
{
	char path[64], text[256];
	ssize_t len;
	__u32 id;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fd/%.10s", pid, fd);
	len = readlink(path, text, sizeof(text) - 1);
	if (len < 0)
		return;
	text[len] = 0;
	if (strncmp(text, "anon_inode:", 11))
		return;
	if (strstr(text, "perf_event") || strstr(text, "bpf_link") || strstr(text, "bpf-raw-t"))
		attached++;
	else if (strstr(text, "bpf"))
		loaded++;
	else
		return;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.10s", pid, fd);
	f = fopen(path, "re");
	while (f && fgets(text, sizeof(text), f)) {
		if (sscanf(text, "prog_id: %u", &id) == 1)
			add(ids[PROG], &n_ids[PROG], 4096, id);
		else if (sscanf(text, "map_id: %u", &id) == 1)
			add(ids[MAP], &n_ids[MAP], 4096, id);
		else if (sscanf(text, "link_id: %u", &id) == 1)
			add(ids[LINK], &n_ids[LINK], 4096, id);
	}
	if (f)
		fclose(f);
}

/* Opens a pin, through the root of a process in a mount namespace of its own. */
static int look_at_pin(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	union bpf_attr attr;
	char fd[16];

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (unsigned long)path;
	snprintf(fd, sizeof(fd), "%d", sys_bpf(BPF_OBJ_GET, &attr));
	if (fd[0] != '-') {
		look_at_fd(getpid(), fd);
		close(atoi(fd));
	}
	return 0;
}

static void look_at(pid_t pid)
{
	char path[64];
	struct dirent *d;
	DIR *fds;

	add((__u32 *)pids, &n_pids, 65536, pid);
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	fds = opendir(path);
	while (fds && (d = readdir(fds)))
		if (isdigit((unsigned char)d->d_name[0]))
			look_at_fd(pid, d->d_name);
	if (fds)
		closedir(fds);
}

static void read_children(pid_t pid, void (*child)(pid_t parent, pid_t pid))
{
	char path[512];
	struct dirent *d;
	DIR *tasks;
	pid_t one;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (d = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children", pid, d->d_name);
		f = isdigit((unsigned char)d->d_name[0]) ? fopen(path, "re") : NULL;
		while (f && fscanf(f, "%d", &one) == 1)
			child(pid, one);
		if (f)
			fclose(f);
	}
	if (tasks)
		closedir(tasks);
}

static char *words_of(pid_t pid, const char *file)
{
	static char text[4096];
	char path[64];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[len > 0 ? len : 0] = 0;
	for (ssize_t i = 0; i + 1 < len; i++)
		if (!text[i] || text[i] == '\n')
			text[i] = ' ';
	return text;
}

static enum role role_of(const struct process *parent, pid_t pid)
{
	char *words;

	if (pid == front)
		return FRONT;
	if (!strncmp(words_of(pid, "comm"), "cgroup-guard", 12))
		return GUARD;
	if (parent && parent->role == COMMAND)
		return COMMAND;
	words = words_of(pid, "cmdline");
	if (v->runner) {
		if (parent && parent->role == FRONT)
			return WORKER;
		return strstr(words, ".workload") || strstr(words, dir) ? COMMAND : HELPER;
	}
	/* The shells and bpftools of a host have a session each. */
	if (parent && parent->role == FRONT && getsid(pid) == getsid(front))
		return COMMAND;
	if (strstr(words, dir) && !strstr(words, v->path))
		return COMMAND;
	helpers++;
	return HELPER;
}

static void add_process(pid_t parent, pid_t pid)
{
	struct process *up = NULL;

	for (int i = 0; i < n_tree; i++) {
		if (tree[i].pid == pid)
			return;
		if (tree[i].pid == parent)
			up = &tree[i];
	}
	if (n_tree == 1024)
		return;
	tree[n_tree] = (struct process){ pid, parent, role_of(up, pid) };
	n_tree++;
	look_at(pid);
	read_children(pid, add_process);
}

/* Finds the processes that there are now, and what they hold. */
static void look(void)
{
	char path[64], pins[128] = "";
	struct stat own, st;

	n_tree = 0;
	attached = 0;
	loaded = 0;
	helpers = 0;
	read_children(getpid(), add_process);
	if (!v->shell || stat("/proc/self/ns/mnt", &own))
		return;
	for (int i = 0; i < n_tree && !pins[0]; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", tree[i].pid);
		if (!stat(path, &st) && st.st_ino != own.st_ino && tree[i].role != COMMAND)
			snprintf(pins, sizeof(pins), "/proc/%d/root/sys/fs/bpf/%.*s", tree[i].pid,
				 (int)strcspn(v->name, ".-"), v->name);
	}
	if (pins[0])
		nftw(pins, look_at_pin, 8, FTW_PHYS);
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != front)
			continue;
		front_ended = true;
		front_status = status;
	}
}

/* ---- starting and driving it ------------------------------------------------------- */

static void in_child(char **argv, int control_fd)
{
	char path[PATH_MAX + 16];
	sigset_t none;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(fd, 0);
	dup2(output, 1);
	snprintf(path, sizeof(path), "%s/err", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, 2);
	if (control_fd >= 0)
		dup2(control_fd, 3);
	if (control_fd == 3)
		fcntl(3, F_SETFD, 0);
	snprintf(path, sizeof(path), "%s/tmp", dir);
	setenv("TMPDIR", path, 1);
	execv(argv[0], argv);
	_exit(127);
}

static int fifo(const char *name, char *path)
{
	int fd;

	snprintf(path, PATH_MAX, "%.4000s/%s", dir, name);
	unlink(path);
	if (mkfifo(path, 0600))
		die(path);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static void begin(void)
{
	static const char script[] =
		"sleep 1000 & echo >\"$0\"; \"$2\" -n $3 >/dev/null 2>&1; "
		"read -r _ <\"$1\"; kill $!";
	static char where[PATH_MAX + 16], in[PATH_MAX], out[PATH_MAX], stem[64];
	char *argv[20] = { v->path };
	int pair[2] = { -1, -1 }, n = 1;

	front_ended = false;
	running = false;
	word_len = 0;
	word[0] = 0;
	memset(n_ids, 0, sizeof(n_ids));
	n_pids = 0;
	for (int i = 0; i < KINDS; i++)
		n_before[i] = all_ids(i, before[i], 4096);
	output = memfd_create("output", MFD_CLOEXEC);
	control = -1;
	hello = -1;
	go = -1;
	if (mode == BY_COMMAND) {
		hello = fifo("hello", out);
		go = fifo("go", in);
	}
	if (v->runner) {
		argv[n++] = "-fktap";
		snprintf(stem, sizeof(stem), "%s", strrchr(v->workload, '/') + 1);
		stem[strcspn(stem, ".")] = 0;
		if (mode != BY_COMMAND) {
			argv[n++] = "-n100";
			argv[n++] = stem;
		} else {
			argv[n++] = stem;
		}
	}
	if (mode == BY_COMMAND) {
		argv[n++] = "--";
		argv[n++] = "/bin/sh";
		argv[n++] = "-c";
		argv[n++] = (char *)script;
		argv[n++] = out;
		argv[n++] = in;
		argv[n++] = v->workload;
		/* With 2000 the last table takes a while. */
		argv[n++] = some(2) ? "50" : "2000";
	} else if (mode == BY_CONTROL && !v->runner) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			die("cannot make a socketpair");
		control = pair[0];
		snprintf(where, sizeof(where), "--cgroup=%s", cgroup);
		argv[n++] = "--format=records";
		argv[n++] = where;
		argv[n++] = "--control=3";
	}
	fflush(NULL);
	front = fork();
	if (front < 0)
		die("cannot fork");
	if (!front)
		in_child(argv, pair[1]);
	if (pair[1] >= 0)
		close(pair[1]);
}

static void send_line(const char *line)
{
	word[0] = 0;
	word_len = 0;
	send(control, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Has a line come on the control line that begins so? */
static bool said(const char *beginning)
{
	ssize_t n = recv(control, word + word_len, sizeof(word) - 1 - word_len, MSG_DONTWAIT);

	if (n > 0)
		word_len += n;
	word[word_len] = 0;
	return !strncmp(word, beginning, strlen(beginning)) && strchr(word, '\n');
}

/* Runs the workload in our cgroup, to its end. */
static void work(void)
{
	pid_t pid = fork();
	int null;

	if (pid) {
		waitpid(pid, NULL, 0);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, 1);
	dup2(null, 2);
	if (!cgroup_add(cgroup, 0))
		execl(v->workload, v->workload, "-n", "50", NULL);
	_exit(1);
}

static bool runs(void)
{
	char text[4096];
	ssize_t n;

	if (running)
		return true;
	if (v->runner && mode != BY_COMMAND)
		return attached >= 3;
	if (mode == BY_COMMAND)
		return read(hello, text, sizeof(text)) > 0;
	if (mode == BY_CONTROL)
		return said("ready");
	n = pread(output, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	return strstr(text, "Observing");
}

/* Lets it come to its end, as a user would. */
static void finish(void)
{
	if (mode == BY_COMMAND && write(go, "\n", 1) < 0)
		die("cannot write to a FIFO");
	if (control >= 0)
		send_line("finish\n");
	if (mode == LIVE && !v->runner)
		kill(front, SIGINT);
}

/* Is it now in the phase after @at? */
static bool next(enum phase at)
{
	switch (at + 1) {
	case LOAD:
		return loaded || attached || running;
	case ATTACH:
		/* map_crud attaches nothing. */
		return attached || running;
	case RUN:
		return running;
	case SYNC:
		if (mode != BY_CONTROL || v->runner)
			return true;
		work();
		send_line("sync\n");
		return true;
	case END:
		if (mode == BY_CONTROL && !v->runner && !said("synced"))
			return false;
		finish();
		return true;
	case TABLE:
		return !attached;
	case CLEANUP:
		return v->shell ? !helpers : !loaded;
	default:
		return false;
	}
}

/* Drives it until it is in phase @wanted, or has ended.  Returns the phase that it is in. */
static enum phase reach(enum phase wanted)
{
	double *took = stages[v->stage].took[mode], began = now_ms(), at = began, now;
	enum phase phase = START;

	while (phase != wanted && !stop) {
		reap();
		look();
		running = runs();
		now = now_ms();
		if (front_ended || now > began + REACH_SECONDS * 1e3)
			break;
		if (!next(phase)) {
			pause_ms(1);
			continue;
		}
		took[phase] = took[phase] ? (3 * took[phase] + now - at) / 4 : now - at;
		at = now;
		phase++;
	}
	return phase;
}

/* ---- what is left -------------------------------------------------------------------- */

static char left[8192];
static size_t left_len;

__attribute__((format(printf, 1, 2)))
static void is_left(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	left_len += vsnprintf(left + left_len, sizeof(left) - left_len, fmt, args);
	va_end(args);
	if (left_len >= sizeof(left))
		left_len = sizeof(left) - 1;
}

/* Reads a file of tracefs, even if that is not mounted. */
static void read_tracefs(const char *file, char *text, size_t size)
{
	int fs = syscall(SYS_fsopen, "tracefs", 1), mnt = -1, fd = -1;
	ssize_t n = -1;

	if (fs >= 0 && !syscall(SYS_fsconfig, fs, 6 /* create */, NULL, NULL, 0))
		mnt = syscall(SYS_fsmount, fs, 1, 0);
	if (mnt >= 0)
		fd = openat(mnt, file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	for (int i = 0; i < 3; i++)
		if ((i == 0 ? fs : i == 1 ? mnt : fd) >= 0)
			close(i == 0 ? fs : i == 1 ? mnt : fd);
}

static const char *const events[] = { "kprobe_events", "uprobe_events" };
static char mounts_before[65536], events_before[2][65536];
static int pins_before;

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	while (fd >= 0 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	if (fd >= 0)
		close(fd);
}

static int counted;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)type;
	(void)ftw;
	counted++;
	return 0;
}

static int count_files(const char *path)
{
	counted = 0;
	nftw(path, count_one, 16, FTW_PHYS);
	return counted;
}

static void look_before(void)
{
	/* The first access mounts tracefs there (debugfs does that), and it stays mounted. */
	access("/sys/kernel/debug/tracing/events", F_OK);
	read_file("/proc/self/mountinfo", mounts_before, sizeof(mounts_before));
	for (int i = 0; i < 2; i++)
		read_tracefs(events[i], events_before[i], sizeof(events_before[i]));
	pins_before = count_files("/sys/fs/bpf");
}

static void find_ids(void)
{
	__u32 now[4096];
	int i, j, n, fd;

	for (i = 0; i < KINDS; i++) {
		for (j = 0; j < n_ids[i]; j++) {
			fd = fd_by_id(i, ids[i][j]);
			if (fd < 0)
				continue;
			close(fd);
			is_left("%s %u; ", kind_name[i], ids[i][j]);
		}
		if (!alone)
			continue;
		n = all_ids(i, now, 4096);
		for (j = 0; j < n; j++)
			if (add(before[i], &n_before[i], 4096, now[j])) {
				n_before[i]--;		/* @before stays as it was */
				is_left("%s %u; ", kind_name[i], now[j]);
			}
	}
}

static void find_cgroups(void)
{
	char pattern[PATH_MAX], *slash, *name;
	glob_t found;
	int pid;

	snprintf(pattern, sizeof(pattern), "%s", cgroup);
	slash = strrchr(pattern, '/');
	strcpy(slash, "/bpf_evolution.*");
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		name = strrchr(found.gl_pathv[i], '/');
		if (!strcmp(found.gl_pathv[i], cgroup) ||
		    sscanf(name, "/bpf_evolution.%d", &pid) != 1)
			continue;
		if (alone || !add((__u32 *)pids, &n_pids, n_pids, pid))
			is_left("cgroup %s; ", name + 1);
	}
	globfree(&found);
}

/* Is anything left?  Writes what it is to @left. */
static bool find_left(void)
{
	static char text[65536];
	char path[PATH_MAX + 8];
	int n;

	left_len = 0;
	left[0] = 0;
	reap();
	n_tree = 0;
	read_children(getpid(), add_process);
	for (int i = 0; i < n_tree; i++)
		is_left("process %d %.60s; ", tree[i].pid, words_of(tree[i].pid, "cmdline"));
	find_ids();
	find_cgroups();
	read_file("/proc/self/mountinfo", text, sizeof(text));
	if (strcmp(text, mounts_before))
		is_left("a mount; ");
	for (int i = 0; i < 2; i++) {
		read_tracefs(events[i], text, sizeof(text));
		if (alone && strcmp(text, events_before[i]))
			is_left("%s; ", events[i]);
	}
	n = count_files("/sys/fs/bpf");
	if (n != pins_before)
		is_left("%d pins; ", n - pins_before);
	snprintf(path, sizeof(path), "%s/tmp", dir);
	n = count_files(path);
	if (n != 1)
		is_left("%d files; ", n - 1);
	return left_len;
}

static bool is_clean(int seconds)
{
	double end = now_ms() + seconds * 1e3;

	while (find_left() && !stop) {
		if (now_ms() > end)
			return false;
		pause_ms(20);
	}
	return true;
}

/* Returns the pid of COMMAND, if it is still a child of the variant, or 0. */
static pid_t command(void)
{
	for (int i = 0; i < n_tree; i++)
		for (int j = 0; tree[i].role == COMMAND && j < i; j++)
			if (tree[j].pid == tree[i].parent && tree[j].role != COMMAND)
				return tree[i].pid;
	return 0;
}

/* Waits for its end.  The time until COMMAND has ended does not count. */
static bool ends(int seconds)
{
	double end = now_ms() + seconds * 1e3;

	for (reap(); !front_ended && !stop; reap()) {
		look();
		if (command())
			end = now_ms() + seconds * 1e3;
		else if (now_ms() > end)
			return false;
		pause_ms(5);
	}
	return true;
}

/* ---- killing -------------------------------------------------------------------------- */

static char killed_last[256];	/* its command line */

static void kill_it(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	snprintf(killed_last, sizeof(killed_last), "%s", words_of(pid, "cmdline"));
	/* With a pidfd the signal cannot hit another process that has got this pid. */
	if (fd >= 0) {
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
		close(fd);
	}
}

/* Prints each process of a run that does not end, and the call it is in. */
static void show_tree(void)
{
	printf("# killed was: %s\n", killed_last);
	look();
	for (int i = 0; i < n_tree; i++) {
		printf("# %d of %d, %s: %.120s\n", tree[i].pid, tree[i].parent,
		       role_name[tree[i].role], words_of(tree[i].pid, "cmdline"));
		printf("#   in %s\n", words_of(tree[i].pid, "syscall"));
	}
}

/* Chooses the role that was killed least, of those that are there now. */
static enum role choose_role(void)
{
	int *killed = stages[v->stage].by_role, best = -1, i, r;
	bool there[ROLES] = { false };

	for (i = 0; i < n_tree; i++)
		there[tree[i].role] = true;
	there[FRONT_GUARD] = there[FRONT] && there[GUARD];
	for (r = 0; r < ROLES; r++)
		if (there[r] && (best < 0 || killed[r] < killed[best] ||
				 (killed[r] == killed[best] && some(2))))
			best = r;
	return best;
}

static void kill_role(enum role role)
{
	pid_t hit[1024];
	int i, n = 0;

	for (i = 0; i < n_tree; i++) {
		if (role == FRONT_GUARD) {
			/* The guard first, or it would clean up after the others. */
			if (tree[i].role == GUARD)
				kill_it(tree[i].pid);
		} else if (tree[i].role == role) {
			hit[n++] = tree[i].pid;
		}
	}
	if (role == FRONT_GUARD) {
		for (i = 0; i < n_tree; i++)
			if (tree[i].role == WORKER || tree[i].role == FRONT)
				kill_it(tree[i].pid);
	} else if (role == COMMAND && command()) {
		kill_it(command());
	} else if (n) {
		kill_it(hit[some(n)]);
	}
}

/* Starts the next one, which sweeps what is left, even if its owner is still dying. */
static void start_next(void)
{
	char *argv[] = { v->path, "-fktap", "-n1", "execmon", NULL };
	char *command[] = { v->path, "--", "/bin/true", NULL };

	front_ended = false;
	output = memfd_create("output", MFD_CLOEXEC);
	fflush(NULL);
	front = fork();
	if (!front)
		in_child(v->runner ? argv : command, -1);
	ends(END_SECONDS);
	close(output);
	output = -1;
}

static void close_all(void)
{
	int *fds[] = { &control, &output, &hello, &go };

	for (int i = 0; i < 4; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* Has COMMAND started it? */
static bool is_of_command(pid_t pid)
{
	const char *words = words_of(pid, "cmdline");

	return !strncmp(words, "sleep ", 6) || !strncmp(words, v->workload, strlen(v->workload));
}

/* Returns false if it ended before a process could be killed. */
static bool trial(enum phase wanted)
{
	struct stage *s = &stages[v->stage];
	double took, began = now_ms(), hit, ended;
	enum phase phase;
	enum role role = FRONT;
	bool over, hung = false, clean, ours;
	char path[PATH_MAX + 8];
	static char words[8192];

	look_before();
	begin();
	phase = reach(wanted);
	if (phase == wanted && !front_ended) {
		took = s->took[mode][phase] ? s->took[mode][phase] : v->shell ? 200 : 20;
		pause_ms(took * some(1000) / 1000);
		reap();
		look();
		running = runs();
		while (phase < CLEANUP && phase != RUN && phase != SYNC && next(phase))
			phase++;
	}
	over = front_ended || !n_tree;
	ended = now_ms();
	hit = ended;
	if (over) {
		if (wanted <= RUN && (WIFEXITED(front_status) && WEXITSTATUS(front_status)))
			v->cannot[mode] = true;
		if (verbose)
			fprintf(stderr, "kills: %s %s: it ended (status %#x) before the end of %s\n",
				v->name, mode_name[mode], front_status, phase_name[phase]);
	} else {
		role = choose_role();
		kill_role(role);
		if (role == COMMAND || role == HELPER || role == GUARD ||
		    (v->runner && role == WORKER)) {
			/* The other processes of it go on, and must end. */
			if (phase < END)
				finish();
			hung = !ends(END_SECONDS);
			if (hung) {
				show_tree();
				kill_it(front);
			}
		} else {
			ends(GONE_SECONDS);
		}
	}
	ended = now_ms();
	close_all();
	if (role == FRONT_GUARD)
		start_next();
	/* Processes that COMMAND has started go on after a normal end, as always: kill them. */
	look();
	for (int i = 0; (role == COMMAND || role == HELPER) && !v->runner && i < n_tree; i++)
		if (is_of_command(tree[i].pid))
			kill_it(tree[i].pid);
	clean = is_clean(GONE_SECONDS);
	snprintf(path, sizeof(path), "%s/err", dir);
	read_file(path, words, sizeof(words));
	ours = !strstr(words, " Killed   ");	/* PID Killed        COMMAND */
	if (stop)
		return false;
	if (!over) {
		s->killed[phase]++;
		s->by_role[role]++;
		v->killed++;
	}
	if (!over || !clean || !ours)
		printf("%sok %d %s %s: %s: %s\n", clean && !hung && ours ? "" : "not ", ++results,
		       v->name, mode_name[mode], phase_name[phase],
		       over ? "nobody was killed" : role_name[role]);
	if (verbose)
		printf("# %.0f ms until the kill, %.0f until it has ended, %.0f until all is gone\n",
		       hit - began, ended - hit, now_ms() - ended);
	if (hung)
		printf("# it did not end within %d s\n", END_SECONDS);
	if (!clean)
		printf("# left: %s\n", left);
	if (!ours)
		printf("# bash has printed that a process was killed\n");
	if (!clean || hung || !ours) {
		s->left[phase]++;
		s->role_left[role]++;
		failures++;
		for (char *line = strtok(words, "\n"); line; line = strtok(NULL, "\n"))
			printf("#   %s\n", line);
	}
	fflush(stdout);
	/* What is left must not count as left by the next run. */
	for (int i = 0; !clean && i < 100; i++) {
		n_tree = 0;
		read_children(getpid(), add_process);
		for (int j = 0; j < n_tree; j++)
			kill_it(tree[j].pid);
		if (!n_tree)
			break;
		pause_ms(20);
		reap();
	}
	if (!clean)
		cgroup_sweep();
	return !over;
}

/* ---- what there is to start ------------------------------------------------------------- */

static void add_variant(const char *name, const char *stem, const char *stage, bool runner)
{
	struct variant *new;
	int i;

	variants = realloc(variants, (n_variants + 1) * sizeof(*variants));
	new = &variants[n_variants++];
	*new = (struct variant){ .shell = !strcmp(stage, "bpftool"), .runner = runner };
	new->name = strdup(name);
	if (asprintf(&new->path, "%s/%s", bin, name) < 0 ||
	    asprintf(&new->workload, "%s/%s.workload", bin, stem) < 0)
		abort();
	for (i = 0; i < n_stages && strcmp(stages[i].name, stage); i++)
		;
	if (i == n_stages)
		stages[n_stages++].name = strdup(stage);
	new->stage = i;
}

/* Chooses a variant of a stage that was tried least. */
static struct variant *choose_variant(int stage)
{
	struct variant *best = NULL;
	int ties = 0;

	for (int i = 0; i < n_variants; i++) {
		if (variants[i].stage != stage)
			continue;
		if (!best || variants[i].tried < best->tried) {
			best = &variants[i];
			ties = 1;
		} else if (variants[i].tried == best->tried && !some(++ties)) {
			best = &variants[i];
		}
	}
	best->tried++;
	return best;
}

static bool wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return true;
	return false;
}

static void find_variants(char **patterns)
{
	char stem[256], path[PATH_MAX + 300];
	struct dirent **names;
	int i, n;

	n = scandir(bin, &names, NULL, alphasort);
	if (n < 0)
		die(bin);
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name, *dot = strchr(name, '.');

		snprintf(stem, sizeof(stem), "%.*s", (int)strcspn(name, "-."), name);
		snprintf(path, sizeof(path), "%s/%s.workload", bin, stem);
		if (!dot || access(path, X_OK) || !strcmp(dot, ".workload"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", bin, name);
		if (!access(path, X_OK) && !strchr(dot + 1, '.') && strcmp(dot, ".o") &&
		    wanted(name, patterns))
			add_variant(name, stem, dot + 1, false);
	}
	/* The runner counts as one variant for each family. */
	for (i = 0; i < n && wanted("equiv", patterns); i++) {
		char *dot = strchr(names[i]->d_name, '.');

		if (dot && dot != names[i]->d_name && !strcmp(dot, ".workload")) {
			*dot = 0;
			add_variant("equiv", names[i]->d_name, "equiv", true);
		}
	}
}

static void show(void)
{
	int i, p, killed = 0;

	printf("# kills/those that have left something, by phase and by role\n# %-9s", "");
	for (p = 0; p < PHASES; p++)
		printf("%9s", phase_name[p]);
	printf("  |");
	for (p = 0; p < ROLES; p++)
		printf("%12s", role_name[p]);
	printf("\n");
	for (i = 0; i < n_stages; i++) {
		char cell[32];

		printf("# %-9s", stages[i].name);
		for (p = 0; p < PHASES; p++) {
			snprintf(cell, sizeof(cell), "%d/%d", stages[i].killed[p],
				 stages[i].left[p]);
			printf("%9s", cell);
			killed += stages[i].killed[p];
		}
		printf("  |");
		for (p = 0; p < ROLES; p++) {
			snprintf(cell, sizeof(cell), "%d/%d", stages[i].by_role[p],
				 stages[i].role_left[p]);
			printf("%12s", cell);
		}
		printf("\n");
	}
	printf("# of each:");
	for (i = 0; i < n_variants; i++)
		printf(" %s%s%s %d", variants[i].name, variants[i].runner ? " " : "",
		       variants[i].runner ? strrchr(variants[i].workload, '/') + 1 : "",
		       variants[i].killed);
	printf("\n# %d kills, %d of them left something\n", killed, failures);
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	unsigned int seed = time(NULL);
	int kills = 30, done = 0, in_vain = 0, turn = 0, lock, c, i;
	char path[PATH_MAX + 16];
	ssize_t len;

	while ((c = getopt(argc, argv, "n:s:ov")) != -1) {
		switch (c) {
		case 'n':
			kills = atoi(optarg);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 10);
			break;
		case 'o':
			alone = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			fprintf(stderr, "usage: kills [-n KILLS] [-s SEED] [-o] [-v] [PATTERN...]\n");
			return 1;
		}
	}
	if (geteuid()) {
		fprintf(stderr, "kills: needs root, as the variants do\n");
		return 4;
	}
	len = readlink("/proc/self/exe", bin, sizeof(bin) - 1);
	if (len < 0)
		die("/proc is not mounted");
	bin[len] = 0;
	*strrchr(bin, '/') = 0;
	find_variants(argv + optind);
	if (!n_variants) {
		fprintf(stderr, "kills: no variant of that name in %s\n", bin);
		return 1;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof(dir), "/tmp/kills-XXXXXX");
	snprintf(path, sizeof(path), "%s/tmp", mkdtemp(dir) ? dir : "");
	if (mkdir(path, 0700))
		die(path);
	cgroup_sweep();
	cgroup = cgroup_room();
	lock = cgroup ? cgroup_make(cgroup) : -1;
	if (lock < 0)
		die("cannot make a cgroup");

	printf("KTAP version 1\n# seed %u: kills -n %d -s %u\n", seed, kills, seed);
	srandom(seed);
	/* All stages have the same number of trials. */
	while (done < kills && in_vain < 5 * n_variants + 100 && !stop) {
		v = choose_variant(turn++ % n_stages);
		i = some(PHASES);
		/* A COMMAND has the most processes; there is a sync only with --control. */
		mode = i == SYNC ? BY_CONTROL : some(2) ? BY_COMMAND : some(MODES);
		if (v->runner && (mode == LIVE || i == SYNC))
			mode = BY_COMMAND;
		if (v->cannot[mode]) {
			in_vain++;
			continue;
		}
		if (trial(i)) {
			done++;
			in_vain = 0;
		} else {
			in_vain++;
		}
	}
	show();
	cgroup_remove(cgroup);
	close(lock);
	for (i = 0; i < 4; i++) {
		static const char *const names[] = { "hello", "go", "err", "tmp" };

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	rmdir(dir);
	if (stop)
		return 1;
	if (!done) {
		fprintf(stderr, "kills: nothing could be run here\n");
		return 4;
	}
	printf("1..%d\n", results);
	return failures ? 1 : 0;
}
