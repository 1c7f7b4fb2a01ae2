// SPDX-License-Identifier: GPL-2.0
/*
 * observe.c - options, which tasks to observe, when to read, how to end; see observe.h.
 *
 * A pidfd tells that COMMAND has ended, and the runner's words come through its socket.
 * A variant that reads a ring buffer waits for neither of them but for its ring.  So
 * signals (SIGCHLD, SIGIO) interrupt that wait, and observe_event() then looks at all of
 * them.  A signal that comes just before the wait would be noticed only after it: so the
 * handler sets a timer, whose signal comes a millisecond later, until somebody has looked.
 * Signals are unblocked only from observe_start() until the end: the verifier fails with
 * EAGAIN while a signal is pending.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>

#include "cgroup.h"
#include "command.h"
#include "inherit.h"
#include "observe.h"
#include "permission.h"
#include "report.h"
#include "tracing.h"
#include "version.h"

#define TICK_MS		100	/* how long a record may lie in stdout's buffer */
#define DESCRIPTORS	256	/* programs, maps, and one for each CPU's ring */
#define RING_MOST	(1UL << 30)

/* Inode numbers of the first namespaces; part of the kernel's ABI in effect. */
#define INIT_CGROUP_NS	0xEFFFFFFBU
#define INIT_PID_NS	0xEFFFFFFCU

volatile sig_atomic_t exiting;
struct observe observe = { .interval = 3, .top = 20, .tick = 100, .cgroup_fd = -1 };

static int control = -1;	/* our end of the runner's socketpair */
static sigset_t ending;		/* SIGINT, SIGTERM, SIGHUP, SIGQUIT; see inherit.h */
static sigset_t let_in;		/* the same, and SIGCHLD and SIGIO */
static pid_t command_pid;
static int command_pidfd = -1;
static int command_hold = -1;	/* closing it without a byte sent ends the held child */
static pid_t guard_pid;		/* kills COMMAND's descendants if this process is killed */
static char *own_cgroup;
static int own_cgroup_lock = -1;
static bool failed;		/* an error that is not in observe_exit()'s err */
static bool reader_gone;	/* nobody reads stdout any more, as in `X | head -1` */
static __u64 next_report, next_flush;	/* ms */

/*
 * Writes out what is buffered.  If the reader of stdout has gone, no stage prints a
 * message: only the exit status says that not all was shown.
 */
static int flush(void)
{
	static bool said;

	if (!report_flush())
		return 0;
	failed = true;
	reader_gone |= errno == EPIPE || report_reader_gone();
	if (!said && !reader_gone) {
		said = true;
		observe_warn("cannot write to stdout: %s", strerror(errno));
	}
	return -1;
}

static void say(const char *fmt, va_list args)
{
	flush();
	if (reader_gone)
		return;
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void observe_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

/* Called before the last message, as it may print warnings and the reason comes last. */
static void cleanup(void);

void observe_skip(const char *fmt, ...)
{
	va_list args;

	cleanup();
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	exit(EXIT_SKIP);
}

void observe_die(const char *fmt, ...)
{
	va_list args;

	cleanup();
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	exit(1);
}

/*
 * The directory of this executable.  It is read at the start: once this process has a
 * mount namespace of its own, /proc/self/exe still shows a path of the old one, which
 * does not exist in a chroot.
 */
static char own_dir[PATH_MAX];
static char own_name[NAME_MAX + 1];	/* without the stage: "write_count-percpu" */

static void find_own_dir(void)
{
	ssize_t len;

	if (own_dir[0])
		return;
	len = readlink("/proc/self/exe", own_dir, sizeof(own_dir) - 1);
	if (len < 0)
		observe_skip("no /proc is mounted (mount -t proc proc /proc)");
	own_dir[len] = '\0';
	/* argv[0] may be empty. */
	if (!program_invocation_short_name[0])
		program_invocation_short_name = strdup(strrchr(own_dir, '/') + 1);
	snprintf(own_name, sizeof(own_name), "%s", strrchr(own_dir, '/') + 1);
	own_name[strcspn(own_name, ".")] = '\0';
	strrchr(own_dir, '/')[1] = '\0';
}

bool observe_flavour(const char *name)
{
	const size_t len = strlen(name);

	find_own_dir();
	for (const char *at = own_name; (at = strchr(at, '-')); )
		if (strcspn(++at, "-") == len && !strncmp(at, name, len))
			return true;
	return false;
}

const char *observe_object(void)
{
	char file[sizeof(own_name) + sizeof("_kern.o")];

	find_own_dir();
	snprintf(file, sizeof(file), "%s_kern.o", own_name);
	return observe_exe_dir(file);
}

const char *observe_exe_dir(const char *file)
{
	static char path[PATH_MAX];

	find_own_dir();
	if (snprintf(path, sizeof(path), "%s%s", own_dir, file) >= (int)sizeof(path))
		observe_die("the path of %s is too long", file);
	return path;
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

__u64 observe_ktime(void)
{
	FILE *f = fopen("/proc/self/timens_offsets", "re");
	long long sec = 0, nsec = 0;

	/* Kernels before 5.6 have no such file and no time namespaces. */
	if (f) {
		if (fscanf(f, "monotonic %lld %lld", &sec, &nsec) == 2)
			sec = sec * 1000000000LL + nsec;
		else
			sec = 0;
		fclose(f);
	}
	return now_ns() - sec;
}

static __u64 now_ms(void)
{
	return now_ns() / 1000000;
}

/* ---- options ---------------------------------------------------------------- */

static void usage(const char *about)
{
	const char *name = program_invocation_short_name;

	printf("Usage: %s [options]\n", name);
	if (!observe.nobody)
		printf("       %s [options] -- COMMAND [ARGS]\n", name);
	printf("\n%s\n\n", about);
	if (observe.nobody)
		printf("Observes no task, and ends when all steps are done.\n\n");
	else
		printf("Observes all tasks until ^C, or only COMMAND and its descendants.\n\n"
		       "  -i, --interval=SECONDS  time between two live reports (default %u)\n"
		       "  -n, --top=ROWS          rows to show of a table, 0 for all (default %u)\n"
		       "  -c, --cgroup=DIR        observe the tasks below this cgroup\n",
		       observe.interval, observe.top);
	if (observe.has_ring)
		printf("      --ring=BYTES        size of the ring, or of the ring of each CPU\n");
	printf("  -f, --format=FORMAT     table, records (one fact per line) or json\n"
	       "  -j, --json              the same as --format=json\n"
	       "      --tick=MS           how long a record may lie in its ring (default %u)\n"
	       "      --control=FD        talk to a runner on FD (see samples/lib/observe.h)\n"
	       "  -v, --verbose           show each record, and libbpf's own messages\n"
	       "  -h, --help              show this text\n"
	       "      --version           show the version of the suite, and of libbpf\n\n"
	       "Exit status: 0 done, 1 failed or lost records, 4 cannot run here.\n",
	       observe.tick);
}

static unsigned int number(const char *option, const char *text, unsigned int min)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < min || value > 1000000)
		observe_die("%s: '%s' is not a number from %u to 1000000", option, text, min);
	return value;
}

unsigned int observe_ring(const char *text)
{
	unsigned long page = sysconf(_SC_PAGESIZE), value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < page || value > RING_MOST ||
	    value & (value - 1))
		observe_die("--ring: '%s' is not a power of two from %lu (a page) to %lu", text,
			    page, RING_MOST);
	return value;
}

static enum report_format format(const char *text)
{
	static const char *const names[] = {
		[REPORT_TABLE] = "table",
		[REPORT_RECORDS] = "records",
		[REPORT_JSON] = "json",
	};

	for (int i = 0; i <= REPORT_JSON; i++)
		if (!strcmp(text, names[i]))
			return i;
	observe_die("--format: '%s' is not table, records or json", text);
}

/* Returns the cgroup's path, or NULL. */
static const char *parse(int argc, char **argv, const char *about)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "top", required_argument, NULL, 'n' },
		{ "format", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "cgroup", required_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 'C' },
		{ "tick", required_argument, NULL, 't' },
		{ "ring", required_argument, NULL, 'R' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	const char *cgroup = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "+i:n:f:jc:vh", options, NULL)) != -1) {
		switch (opt) {
		case 'i':
			observe.interval = number("--interval", optarg, 1);
			break;
		case 'n':
			observe.top = number("--top", optarg, 0);
			break;
		case 'f':
			report_format = format(optarg);
			break;
		case 'j':
			report_format = REPORT_JSON;
			break;
		case 'c':
			cgroup = optarg;
			break;
		case 'C':
			control = number("--control", optarg, 0);
			if (fcntl(control, F_SETFD, FD_CLOEXEC))
				observe_die("--control: %d is not an open descriptor", control);
			break;
		case 't':
			observe.tick = number("--tick", optarg, 1);
			break;
		case 'R':
			if (!observe.has_ring)
				observe_skip("it has no ring to which --ring could give a size");
			observe.ring = observe_ring(optarg);
			break;
		case 'v':
			observe.verbose = true;
			break;
		case 'h':
			usage(about);
			exit(flush() ? 1 : 0);
		case 'V':
			version_print();
			exit(flush() ? 1 : 0);
		default:
			fprintf(stderr, "%s: try -h\n", program_invocation_short_name);
			exit(1);
		}
	}
	if (optind == argc && cgroup != argv[argc - 1] && !strcmp(argv[argc - 1], "--"))
		observe_die("there is no command after --");
	if (optind < argc && strcmp(argv[optind - 1], "--"))
		observe_die("'%s' is not an option; a command goes after --", argv[optind]);
	if (optind < argc && observe.nobody)
		observe_die("it observes nobody: a command would change nothing");
	if (optind < argc && cgroup)
		observe_die("give either --cgroup or a command, not both");
	return cgroup;
}

/* ---- which tasks to observe ---------------------------------------------------- */

static bool first_namespace(const char *path, unsigned int inode)
{
	struct stat st;

	return stat(path, &st) || st.st_ino == inode;
}

static void observe_cgroup(const char *path)
{
	struct statfs fs;

	if (!first_namespace("/proc/self/ns/cgroup", INIT_CGROUP_NS))
		observe_skip("in a cgroup namespace the depth of a cgroup cannot be found out");
	observe.cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (observe.cgroup_fd < 0)
		observe_die("cannot open the cgroup %s: %s", path, strerror(errno));
	if (fstatfs(observe.cgroup_fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		observe_die("%s is not a cgroup2 directory", path);
	if (faccessat(observe.cgroup_fd, "cgroup.procs", F_OK, 0))
		observe_die("the cgroup %s has been removed", path);
	if (cgroup_identify(path, &observe.cgroup_id, &observe.cgroup_level))
		observe_die("cannot identify the cgroup %s: %s", path, strerror(errno));
	observe.by_cgroup = true;
}

/*
 * Runs in the held child: it says that it is ready, waits for one byte, and executes
 * COMMAND.  The child is observed from that wait on, so between the wait and execve(2)
 * it makes no other system call.
 */
static void run_command(const struct command *command, int hold, pid_t parent)
{
	const char *name = command->argv[0];
	char go = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	inherit_restore();
	if (send(hold, &go, 1, MSG_NOSIGNAL) != 1 || recv(hold, &go, 1, 0) != 1)
		_exit(1);
	execve(command->file, command->argv, environ);
	fprintf(stderr, "%s: cannot run %s: %s\n", program_invocation_short_name, name,
		strerror(errno));
	_exit(127);
}

static void hold_command(char **argv)
{
	struct command command;
	const char *why = command_find(&command, argv);
	pid_t parent = getpid();
	int pair[2];
	char ready;

	if (why)
		observe_die("cannot run %s: %s", argv[0], why);
	own_cgroup = cgroup_room();
	if (!own_cgroup)
		observe_die("cannot map memory: %s", strerror(errno));
	guard_pid = cgroup_guard(parent, own_cgroup);
	if (guard_pid < 0)
		observe_die("cannot start a guard for the command's cgroup (pidfd_open, Linux 5.3): %s",
			    strerror(errno));
	own_cgroup_lock = cgroup_make(own_cgroup);
	if (own_cgroup_lock < 0) {
		if (!own_cgroup[0] && errno == ENODEV)
			observe_skip("no cgroup2 is mounted (mount -t cgroup2 none /sys/fs/cgroup)");
		if (errno == EACCES)
			observe_skip("cannot make the cgroup %s: %s (it takes CAP_DAC_OVERRIDE, which root has lost here, or a security module forbids it)",
				     own_cgroup, strerror(errno));
		if (errno == EPERM || errno == EROFS)
			observe_skip("cannot make the cgroup %s: %s (in a container it takes a cgroup2 that may be written to)",
				     own_cgroup, strerror(errno));
		observe_die("cannot make the cgroup %s: %s", own_cgroup, strerror(errno));
	}
	observe_cgroup(own_cgroup);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		observe_die("cannot make a socketpair: %s", strerror(errno));
	fflush(stdout);
	command_pid = fork();
	if (command_pid < 0)
		observe_die("cannot fork: %s", strerror(errno));
	if (!command_pid) {
		/* Only the parent keeps its end open, so that its death is an EOF here. */
		close(pair[0]);
		run_command(&command, pair[1], parent);
	}
	close(pair[1]);
	command_hold = pair[0];
	if (recv(command_hold, &ready, 1, 0) != 1)
		observe_die("the command was ended before it began");
	command_sleeps(command_pid);
	command_pidfd = syscall(SYS_pidfd_open, command_pid, 0);
	if (command_pidfd < 0)
		observe_die("cannot open a pidfd (Linux 5.3): %s", strerror(errno));
	if (cgroup_add(own_cgroup, command_pid))
		observe_die("cannot move the command to %s: %s", own_cgroup, strerror(errno));
}

static void cleanup(void)
{
	if (command_pid > 0) {
		if (command_hold < 0)
			command_check(command_pid, own_cgroup);
		/* The child is still held, or this ends early: it must not outlive this. */
		if (!waitpid(command_pid, NULL, WNOHANG))
			command_kill(command_pid);
		command_pid = 0;
	}
	/* ENOENT: COMMAND itself may have removed it. */
	if (own_cgroup_lock >= 0) {
		if (cgroup_leave(own_cgroup) && errno != ENOENT)
			observe_warn("cannot remove %s: %s; the next start removes it", own_cgroup,
				     strerror(errno));
		close(own_cgroup_lock);
		own_cgroup_lock = -1;
	}
	if (guard_pid > 0) {
		kill(guard_pid, SIGKILL);
		waitpid(guard_pid, NULL, 0);
		guard_pid = 0;
	}
}

void observe_init(int argc, char **argv, const char *about)
{
	bool open = inherit_init();
	const char *cgroup, *forbidden;
	struct rlimit files;

	observe.began = observe_ktime();
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	find_own_dir();
	if (!open)
		observe_die("stdout is closed");
	cgroup = parse(argc, argv, about);
	if (observe.tick > TICK_MS)	/* else nobody would write it out in time */
		setvbuf(stdout, NULL, _IOLBF, 1 << 16);
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur < DESCRIPTORS)
		observe_die("too few files may be open: ulimit -n %d", DESCRIPTORS);
	if (geteuid())
		observe_skip("loading and attaching BPF programs takes root: try sudo");
	if (!first_namespace("/proc/self/ns/pid", INIT_PID_NS))
		observe_skip("in a pid namespace BPF programs see other pids than user space");
	if (access("/sys/devices/system/cpu/possible", F_OK))
		observe_skip("no /sys is mounted (mount -t sysfs sysfs /sys)");
	forbidden = permission_missing(!observe.nobody);
	if (forbidden)
		observe_skip("%s", forbidden);

	inherit_block(&ending);
	observe.pid = getpid();
	atexit(cleanup);
	cgroup_sweep();
	if (cgroup)
		observe_cgroup(cgroup);
	else if (optind < argc)
		hold_command(argv + optind);
	observe.live = control < 0 && !command_pid;
	tracing_mount();
}

/* ---- while it runs ---------------------------------------------------------------- */

static void send_line(const char *fmt, ...)
{
	va_list args;
	char line[128];
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (send(control, line, len, MSG_NOSIGNAL) != len) {
		observe_warn("the runner is gone");
		failed = true;
	}
}

static timer_t again;			/* raises SIGIO */
static bool have_timer;
static volatile sig_atomic_t armed;	/* a signal has come, and nobody has looked since */

/* timer_settime() is one of the functions that a handler may call. */
static void set_timer(long ns)
{
	const struct itimerspec when = { .it_value.tv_nsec = ns };

	armed = ns != 0;
	timer_settime(again, 0, &when, NULL);
}

static void on_signal(int number)
{
	if (sigismember(&ending, number))
		exiting = 1;
	if (have_timer)
		set_timer(1000000);
}

/* From here on a signal interrupts the wait for a ring, but no write (SA_RESTART). */
static void let_signals_in(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGIO };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGIO };

	/* Without one (RLIMIT_SIGPENDING) a signal may be noticed a tenth of a second late. */
	have_timer = !timer_create(CLOCK_MONOTONIC, &event, &again);
	let_in = ending;
	sigaddset(&let_in, SIGCHLD);
	sigaddset(&let_in, SIGIO);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigismember(&let_in, signals[i]))
			sigaction(signals[i], &action, NULL);
	/* The handler comes first: without one, a SIGIO would end this process. */
	if (control >= 0 && (fcntl(control, F_SETOWN, getpid()) ||
			     fcntl(control, F_SETFL, fcntl(control, F_GETFL) | O_ASYNC)))
		observe_die("--control: descriptor %d cannot send signals: %s", control,
			    strerror(errno));
	sigprocmask(SIG_UNBLOCK, &let_in, NULL);
}

void observe_start(void)
{
	next_report = now_ms() + observe.interval * 1000;
	let_signals_in();
	if (control >= 0)
		send_line("ready\n");
	if (command_pid) {
		if (send(command_hold, "", 1, MSG_NOSIGNAL) != 1) {
			observe_warn("the command was ended before it began");
			failed = true;
		}
		close(command_hold);
		command_hold = -1;
	} else if (observe.live && report_format == REPORT_TABLE) {
		report_note("Observing %s; ^C ends.",
			    observe.by_cgroup ? "the tasks of the cgroup" : "everybody");
	}
}

/* Reads a word of the runner; OBSERVE_NONE if it has not come completely. */
static enum observe_event receive(void)
{
	static char line[32];
	static size_t len;
	ssize_t got;

	while ((got = recv(control, line + len, 1, MSG_DONTWAIT)) == 1 && line[len] != '\n')
		if (len < sizeof(line) - 1)
			len++;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return OBSERVE_NONE;
	if (got != 1) {
		observe_warn("the runner is gone");
		failed = true;
		return OBSERVE_END;
	}
	line[len] = '\0';
	len = 0;
	if (!strcmp(line, "sync"))
		return OBSERVE_SYNC;
	if (strcmp(line, "finish")) {
		observe_warn("the runner sent '%s', which the protocol does not have", line);
		failed = true;
	}
	return OBSERVE_END;
}

static void reap_command(void)
{
	int status;

	command_check(command_pid, own_cgroup);
	if (waitpid(command_pid, &status, 0) != command_pid)
		return;
	command_pid = 0;
	if (!command_ended(status))
		failed = true;
}

/* Waits for @fd and for all that observe_event() reports; does not wait if @ms is 0. */
static enum observe_event look(int fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = control, .events = POLLIN },
		{ .fd = command_pidfd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = fd, .events = POLLIN },
	};

	if (armed)
		set_timer(0);
	/* Not for each record, where every one ends the wait: it is shown a tick later at most. */
	if (now_ms() >= next_flush) {
		next_flush = now_ms() + TICK_MS;
		if (flush())
			return OBSERVE_END;
	}
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), ms) < 0)
		return exiting ? OBSERVE_END : OBSERVE_NONE;	/* a signal */
	if (fds[2].revents) {
		reader_gone = true;
		exit(1);	/* the kernel detaches all programs of the process */
	}
	if (exiting)
		return OBSERVE_END;
	if (fds[0].revents)
		return receive();
	if (fds[1].revents) {
		reap_command();
		close(command_pidfd);
		command_pidfd = -1;
		return OBSERVE_END;
	}
	if (observe.live && now_ms() >= next_report) {
		next_report = now_ms() + observe.interval * 1000;
		return OBSERVE_REPORT;
	}
	return OBSERVE_NONE;
}

static enum observe_event note(enum observe_event event)
{
	if (event == OBSERVE_END) {
		exiting = 1;
		sigprocmask(SIG_BLOCK, &let_in, NULL);
	}
	return event;
}

enum observe_event observe_event(void)
{
	return note(look(-1, 0));
}

enum observe_event observe_wait(int fd)
{
	return note(exiting ? OBSERVE_END : look(fd, observe.tick));
}

static void *end_at_once(void *arg)
{
	return arg;
}

/* For the runner, which looks whether an observer of all tasks leaves out what is its own. */
static void be_seen(void)
{
	pthread_t thread;

	if (write(STDOUT_FILENO, "", 0) || pthread_create(&thread, NULL, end_at_once, NULL))
		failed = true;
	else
		pthread_join(thread, NULL);
}

void observe_synced(__u64 seen, __u64 lost)
{
	if (!observe.by_cgroup)
		be_seen();
	send_line("synced seen=%llu lost=%llu missed=%llu\n", (unsigned long long)seen,
		  (unsigned long long)lost, (unsigned long long)observe_missed());
}

const char *observe_loss(long error)
{
	static const struct {
		int err;
		const char *meaning;
	} reasons[] = {
		/* from a perf ring or a ring buffer */
		{ ENOSPC, "the buffer was full, because its reader was too slow" },
		{ EAGAIN, "the buffer was full, because its reader was too slow" },
		{ ENOENT, "its CPU has no ring: it was offline when the rings were opened" },
		{ EOPNOTSUPP, "the ring was not that of its CPU, or the CPU went offline after it was opened" },
		/* from a map */
		{ E2BIG, "the map was full" },
		{ ENOMEM, "there was no memory for an entry" },
		{ EBUSY, "another program was using the entry at the same time" },
		{ EDEADLK, "another program was using the map at the same time" },
		{ ETIMEDOUT, "another program was using the map at the same time" },
		{ EEXIST, "other keys with the same hash had taken its place" },
	};
	static char text[160];
	const char *name = strerrorname_np(-error);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].err != -error)
			continue;
		snprintf(text, sizeof(text), "%s, %s", name, reasons[i].meaning);
		return text;
	}
	if (!error || !name)
		snprintf(text, sizeof(text), "error %ld, which has no name here", error);
	else
		snprintf(text, sizeof(text), "%s, %s", name, strerror(-error));
	return text;
}

int observe_unmatched(__u64 unmatched, __u64 dropped)
{
	if (unmatched <= dropped)
		return 0;
	observe_warn("%s %llu calls whose enter was not seen: %s%s",
		     observe.live ? "left out" : "lost", (unsigned long long)(unmatched - dropped),
		     observe.live ? "under way when this began, or refused by a filter" :
		     "a filter refused them (seccomp)",
		     observe_missed() ? ", or the kernel skipped the program" : "");
	return observe.live ? 0 : -1;
}

int observe_totals(__u64 seen, __u64 sent, __u64 lost, long error)
{
	__u64 missed = observe_missed();
	int err = 0;

	if (missed)
		observe_warn("the kernel skipped %llu runs of the program, counted for all tasks (recursion_misses)",
			     (unsigned long long)missed);
	if (seen != sent) {
		observe_warn("read %llu records, but %llu were sent", (unsigned long long)seen,
			     (unsigned long long)sent);
		err = -1;
	}
	if (lost) {
		observe_warn("lost %llu of %llu records; the last error: %s",
			     (unsigned long long)lost, (unsigned long long)(sent + lost),
			     observe_loss(error));
		err = -1;
	}
	return err;
}

int observe_exit(int err)
{
	cleanup();
	flush();
	return err || failed ? 1 : 0;
}
