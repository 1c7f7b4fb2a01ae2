// SPDX-License-Identifier: GPL-2.0
/*
 * cgroup.c - finds cgroup2, makes a cgroup in it and gets rid of it again.
 *
 * The trap is the getting rid: rmdir(2) says EBUSY until the last task has
 * been through its exit, which is later than SIGKILL and can be later than
 * wait(2).  The kernel tells when, as POLLPRI on cgroup.events; and while we
 * look, a task may fork, so that one pass over cgroup.procs is not enough.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"

#define PREFIX		"bpf_evolution."
#define EMPTY_SECONDS	10		/* until it is given up */
#define INIT_PID_NS	0xeffffffc	/* PROC_PID_INIT_INO of the kernel */

/* The mount point, and the cgroup that it shows ("/" but for a namespace). */
static int find_mount(char *path, size_t size, char *root, size_t root_size)
{
	char *line = NULL, *type, *in, *at;
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
		strtok(line, " ");
		strtok(NULL, " ");
		strtok(NULL, " ");
		in = strtok(NULL, " ");
		at = strtok(NULL, " ");
		snprintf(root, root_size, "%s", in);
		snprintf(path, size, "%s", at);
		free(line);
		fclose(f);
		return 0;
	}
	free(line);
	fclose(f);
	errno = ENODEV;
	return -1;
}

int cgroup_mount(char *path, size_t size)
{
	char root[4096];

	return find_mount(path, size, root, sizeof(root));
}

/* When a process began, in clock ticks since boot; 0 if it is dead. */
static unsigned long long start_time(pid_t pid)
{
	unsigned long long start = 0;
	char path[64], buf[1024], *p;
	ssize_t n;
	int fd, i;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	/* comm may hold anything, so count fields from its last parenthesis. */
	p = strrchr(buf, ')');
	if (p && p[1] && p[2] == 'Z')
		return 0;
	for (i = 2; p && i < 22; i++)
		p = strchr(p + 1, ' ');
	if (p)
		sscanf(p, "%llu", &start);
	return start;
}

static int path_of(pid_t owner, char *path, size_t size)
{
	char mount[4096];

	path[0] = 0;
	if (cgroup_mount(mount, sizeof(mount)))
		return -1;
	snprintf(path, size, "%s/" PREFIX "%d.%llu", mount, owner, start_time(owner));
	return 0;
}

int cgroup_make(char *path, size_t size)
{
	return path_of(getpid(), path, size) ? -1 : mkdir(path, 0755);
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
	char mount[4096], root[4096], real[4096], *p;
	struct stat st;

	if (find_mount(mount, sizeof(mount), root, sizeof(root)))
		return -1;
	if (!realpath(path, real) || stat(real, &st))
		return -1;
	if (strncmp(real, mount, strlen(mount))) {
		errno = ENODEV;
		return -1;
	}
	/* Where ino_t has 64 bits, the inode number is the cgroup's id. */
	*id = st.st_ino;
	*level = 0;
	for (p = root; *p; p++)
		*level += p[0] == '/' && p[1];
	for (p = real + strlen(mount); *p; p++)
		*level += p[0] == '/' && p[1];
	return 0;
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
		else if (pid > 0)
			kill(pid, SIGKILL);
	}
	fclose(f);
}

static const char *new_parent;	/* nftw() hands nothing to its callback */

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
	if (!parent)
		write_to(path, "cgroup.kill", "1");	/* since 5.14 */
	new_parent = parent;
	do {
		/* The read arms POLLPRI for the next change. */
		n = pread(pfd.fd, buf, sizeof(buf) - 1, 0);
		buf[n > 0 ? n : 0] = 0;
		if (strstr(buf, "populated 0")) {
			close(pfd.fd);
			return 0;
		}
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

/* No signal but SIGKILL ends it, and nobody waits for a file that it has. */
static void __attribute__((noreturn)) guard(int owner, const char *path)
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
	cgroup_remove(path);
	_exit(0);
}

pid_t cgroup_guard(pid_t owner)
{
	char path[4096 + 64];
	int fd, err;
	pid_t pid;

	fd = syscall(SYS_pidfd_open, owner, 0);
	if (fd < 0 || path_of(owner, path, sizeof(path)))
		return -1;
	pid = fork();
	if (!pid)
		guard(fd, path);
	err = errno;
	close(fd);
	errno = err;
	return pid;
}

int cgroup_sweep(void)
{
	char mount[4096], path[4096 + 256 + 2];
	unsigned long long start;
	struct dirent *d;
	struct stat st;
	int pid, n = 0;
	DIR *dir;

	/* The owner of a cgroup may live where we cannot see it. */
	if (stat("/proc/self/ns/pid", &st) || st.st_ino != INIT_PID_NS)
		return 0;
	if (cgroup_mount(mount, sizeof(mount)))
		return -1;
	dir = opendir(mount);
	if (!dir)
		return -1;
	while ((d = readdir(dir))) {
		if (sscanf(d->d_name, PREFIX "%d.%llu", &pid, &start) != 2 ||
		    pid <= 0 || start_time(pid) == start)
			continue;
		snprintf(path, sizeof(path), "%s/%s", mount, d->d_name);
		if (!remove_tree(path, NULL))
			n++;
	}
	closedir(dir);
	return n;
}
