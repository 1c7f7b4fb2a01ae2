// SPDX-License-Identifier: GPL-2.0
/*
 * missed.c - how many runs of this process's BPF programs the kernel has skipped.
 *
 * The kernel does not run a program while the same program already runs on that CPU,
 * and counts the runs that it skipped (recursion_misses, Linux 5.12).
 * BPF_OBJ_GET_INFO_BY_FD returns that number, and the fdinfo of the program's descriptor
 * shows it as a line of text.  The text is the same for all stages, whatever structs
 * their headers have.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "observe.h"

/* The number for descriptor @name in @dir (/proc/self/fdinfo); 0 if it is no program. */
static __u64 missed_of(int dir, const char *name)
{
	unsigned long long missed = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "recursion_misses: %llu", &missed) == 1)
			break;
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return missed;
}

__u64 observe_missed(void)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	struct dirent *entry;
	__u64 missed = observe.missed;

	if (!dir) {
		observe_warn("cannot read how many runs the kernel skipped: /proc/self/fdinfo: %s",
			     strerror(errno));
		return missed;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			missed += missed_of(dirfd(dir), entry->d_name);
	closedir(dir);
	return missed;
}
