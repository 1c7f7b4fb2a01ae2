// SPDX-License-Identifier: GPL-2.0
/* proc_stat.c - reads the line of /proc/PID/stat; see proc_stat.h. */
#include <stdio.h>
#include <string.h>

#include "proc_stat.h"

const char *proc_stat(pid_t pid, char *line, size_t size)
{
	char name[64], *at = NULL;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	f = fopen(name, "re");
	if (f && fgets(line, size, f))
		at = strrchr(line, ')');
	if (f)
		fclose(f);
	return at;
}
