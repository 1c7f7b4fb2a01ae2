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
#include <stdlib.h>
#include <string.h>

#include "fdinfo.h"
#include "observe.h"

__u64 observe_missed(void)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	struct dirent *entry;
	__u64 missed = observe.missed, of_one;

	if (!dir) {
		observe_warn("cannot read how many runs the kernel skipped: /proc/self/fdinfo: %s",
			     strerror(errno));
		return missed;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    fdinfo_number(atoi(entry->d_name), "recursion_misses", &of_one))
			missed += of_one;
	closedir(dir);
	return missed;
}
