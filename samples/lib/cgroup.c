// SPDX-License-Identifier: GPL-2.0
/*
 * cgroup.c - finds cgroup2, makes a cgroup in it and removes it again.
 *
 * Removing is the difficult part: rmdir(2) fails with EBUSY until the last task has
 * passed through its exit, which is later than SIGKILL and can be later than
 * wait(2).  The kernel reports that moment as POLLPRI on cgroup.events.  While
 * cgroup.procs is read a task may fork, so one pass over that file is not enough.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "fdinfo.h"
#include "proc_stat.h"

#define PREFIX		"bpf_evolution."
#define LOCKED		".lock-"
#define EMPTY_SECONDS	10		/* how long to try to empty a cgroup */
#define DYING_SECONDS	3		/* how long a dead owner's child may hold the lock */

/* The kernel's id of the mount that @fd is in, as in mountinfo; or -1. */
static int mount_of(int fd)
{
	__u64 id;

	return fdinfo_number(fd, "mnt_id", &id) ? (int)id : -1;
}

/* In mountinfo, spaces and a few other characters are written in octal, as \040. */
static void decode(char *s)
{
	char *to = s;

	for (; *s; to++) {
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*to = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*to = *s++;
		}
	}
	*to = 0;
}

static int components(const char *path)
{
	int n = 0;

	for (; *path; path++)
		n += path[0] == '/' && path[1] && path[1] != '/';
	return n;
}

/*
 * Finds the cgroup2 mount with the id @number, or with -1 the best mount to make a
 * cgroup in: there may be several, and some of them are read-only, show only a part of the
 * hierarchy, or are hidden below another mount.  @depth is the depth of the cgroup
 * that is seen at the mount point.
 */
static int find_mount(int number, char *path, size_t size, int *depth)
{
	char *line = NULL, *type, *in, *at;
	int id, fd, score, best = -1;
	size_t len = 0;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return -1;
	while (getline(&line, &len, f) > 0) {
		/* id parent major:minor root mountpoint options ... - type */
		type = strstr(line, " - ");
		if (!type || strncmp(type, " - cgroup2 ", 11))
			continue;
		id = atoi(strtok(line, " "));
		strtok(NULL, " ");
		strtok(NULL, " ");
		in = strtok(NULL, " ");
		at = strtok(NULL, " ");
		decode(at);
		if (number < 0) {
			fd = open(at, O_PATH | O_CLOEXEC);
			if (fd < 0)
				continue;
			score = mount_of(fd) == id ? 1 : -1;
			close(fd);
			if (score > 0)
				score += 2 * !access(at, W_OK) + !components(in);
		} else {
			score = id == number ? 0 : -1;
		}
		if (score <= best)
			continue;
		best = score;
		*depth = components(in);
		snprintf(path, size, "%s", at);
	}
	free(line);
	fclose(f);
	if (best >= 0)
		return 0;
	errno = ENODEV;
	return -1;
}

char *cgroup_room(void)
{
	char *room = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	return room == MAP_FAILED ? NULL : room;
}

int cgroup_make(char *room)
{
	int lock, depth, tries;
	char mount[4096 - 64];
	struct stat st;

	room[0] = 0;
	if (find_mount(-1, mount, sizeof(mount), &depth))
		return -1;
	for (tries = 0; tries < 100; tries++) {
		snprintf(room, PATH_MAX, "%s/" PREFIX "%d" LOCKED "XXXXXX", mount, getpid());
		if (!mkdtemp(room))
			return -1;
		/* Until it is locked, another process may take it for a leftover. */
		lock = open(room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (lock >= 0 && !flock(lock, LOCK_EX | LOCK_NB) && !stat(room, &st))
			return fchmod(lock, 0755) ? -1 : lock;
		rmdir(room);
		if (lock >= 0)
			close(lock);
	}
	errno = EBUSY;
	return -1;
}

static int write_to(const char *dir, const char *file, const char *text)
{
	char path[4096 + 32];
	int fd, ret, err;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

int cgroup_add(const char *path, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return write_to(path, "cgroup.procs", text);
}

int cgroup_identify(const char *path, __u64 *id, int *level)
{
	char mount[4096], real[4096], name[64];
	struct stat st;
	ssize_t len;
	int fd, err;

	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	len = readlink(name, real, sizeof(real) - 1);
	real[len > 0 ? len : 0] = 0;
	err = fstat(fd, &st) || len < 0 || find_mount(mount_of(fd), mount, sizeof(mount), level);
	close(fd);
	if (err)
		return -1;
	/* Where ino_t has 64 bits, the inode number is the cgroup's id. */
	*id = st.st_ino;
	*level += components(real) - components(mount);
	return 0;
}

/*
 * For kernels before 5.14, which have no cgroup.kill.  Since the pid was read, the
 * process may have ended, and another process may now have its pid.
 */
static void kill_in(const char *path, pid_t pid)
{
	const char *ours = strstr(path, "/" PREFIX);
	char name[64], line[4096 + 32];
	size_t len, wanted;
	int fd;
	FILE *f;

	fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return;
	if (!ours)
		ours = strrchr(path, '/');
	wanted = strlen(ours);
	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f)) {
		len = strcspn(line, "\n");
		line[len] = 0;
		if (!strncmp(line, "0::", 3) && len >= wanted &&
		    !strcmp(line + len - wanted, ours))
			syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	}
	if (f)
		fclose(f);
	close(fd);
}

/* Kills the tasks of one cgroup, or moves them to @parent. */
static void empty(const char *path, const char *parent)
{
	char procs[4096 + 32];
	FILE *f;
	int pid;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	f = fopen(procs, "re");
	if (!f)
		return;
	while (fscanf(f, "%d", &pid) == 1) {
		if (parent)
			cgroup_add(parent, pid);
		else if (pid > 0)	/* 0: the task is in another pid namespace */
			kill_in(path, pid);
	}
	fclose(f);
}

static const char *new_parent;	/* nftw() has no argument for its callback */

static int empty_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_DP)
		empty(path, new_parent);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_DP)
		rmdir(path);
	return 0;
}

/* Returns once no task is in the cgroup or below it. */
static int empty_tree(const char *path, const char *parent)
{
	char events[4096 + 32], buf[256];
	struct timespec now, end;
	struct pollfd pfd;
	ssize_t n;

	snprintf(events, sizeof(events), "%s/cgroup.events", path);
	pfd.fd = open(events, O_RDONLY | O_CLOEXEC);
	pfd.events = POLLPRI;
	if (pfd.fd < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += EMPTY_SECONDS;
	new_parent = parent;
	do {
		/* The kernel reports the next change as POLLPRI once this was read. */
		n = pread(pfd.fd, buf, sizeof(buf) - 1, 0);
		buf[n > 0 ? n : 0] = 0;
		if (strstr(buf, "populated 0")) {
			close(pfd.fd);
			return 0;
		}
		if (parent || write_to(path, "cgroup.kill", "1"))
			nftw(path, empty_one, 16, FTW_DEPTH | FTW_PHYS);
		/* Look again now and then: a task may have forked. */
		poll(&pfd, 1, 50);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec <= end.tv_sec);
	close(pfd.fd);
	errno = EBUSY;
	return -1;
}

static int remove_tree(const char *path, const char *parent)
{
	if (empty_tree(path, parent))
		return -1;
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (!rmdir(path) || errno == ENOENT)
		return 0;
	return -1;
}

int cgroup_kill(const char *path)
{
	return empty_tree(path, NULL);
}

int cgroup_remove(const char *path)
{
	return remove_tree(path, NULL);
}

int cgroup_leave(const char *path)
{
	char parent[4096];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash || slash == parent) {
		errno = EINVAL;
		return -1;
	}
	*slash = 0;
	return remove_tree(path, parent);
}

/*
 * Only SIGKILL ends the guard.  It closes all files of the caller, so that no reader of
 * a pipe waits for it.
 */
static void __attribute__((noreturn)) guard(int owner, const char *room)
{
	struct pollfd pfd = { .events = POLLIN };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "cgroup-guard");
	pfd.fd = dup2(owner, 0);
	syscall(436 /* close_range, 5.9 */, 1, ~0U, 0);
	if (!chdir("/"))
		while (poll(&pfd, 1, -1) < 0)
			;
	cgroup_remove(room);
	_exit(0);
}

pid_t cgroup_guard(pid_t owner, const char *room)
{
	int fd, err;
	pid_t pid;

	fd = syscall(SYS_pidfd_open, owner, 0);
	if (fd < 0)
		return -1;
	pid = fork();
	if (!pid)
		guard(fd, room);
	err = errno;
	close(fd);
	errno = err;
	return pid;
}

/* A field of /proc/PID/stat, as proc(5) numbers them; @at is the ')' that ends the second. */
static unsigned long long stat_field(const char *at, int number)
{
	while (at && number-- > 2)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

/* Is the process dead, or has it a pending SIGKILL? */
static bool is_dying(pid_t pid)
{
	char line[1024];
	const char *at = proc_stat(pid, line, sizeof(line));

	/* Its state, PF_EXITING in its flags, and its pending signals. */
	return !at || strchr("ZX", at[2]) || stat_field(at, 9) & 4 ||
	       stat_field(at, 31) & 1 << (SIGKILL - 1);
}

/*
 * Takes the lock, if the owner is dead.  A child that the owner had just started may
 * hold the lock, too, until the SIGKILL reaches it, so this waits for that.
 */
static bool take_lock(int fd, const char *name, const struct timespec *end)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	struct timespec now;
	pid_t owner;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (errno != EWOULDBLOCK || now.tv_sec > end->tv_sec ||
		    sscanf(name, PREFIX "%d", &owner) != 1 || !is_dying(owner))
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

int cgroup_sweep(void)
{
	char mount[4096], path[4096 + 256 + 2];
	int fd, depth, n = 0;
	struct timespec end;
	struct dirent *d;
	DIR *dir;

	if (find_mount(-1, mount, sizeof(mount), &depth))
		return -1;
	dir = opendir(mount);
	if (!dir)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += DYING_SECONDS;
	while ((d = readdir(dir))) {
		if (fnmatch(PREFIX "*" LOCKED "*", d->d_name, 0))
			continue;
		snprintf(path, sizeof(path), "%s/%s", mount, d->d_name);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && take_lock(fd, d->d_name, &end) && !remove_tree(path, NULL))
			n++;
		if (fd >= 0)
			close(fd);
	}
	closedir(dir);
	return n;
}
