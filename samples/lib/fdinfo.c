// SPDX-License-Identifier: GPL-2.0
/* fdinfo.c - reads a line of /proc/self/fdinfo/FD; see fdinfo.h. */
#include <stdio.h>
#include <string.h>

#include "fdinfo.h"

bool fdinfo_number(int fd, const char *name, __u64 *value)
{
	unsigned long long number;
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) &&
		    sscanf(line + strlen(name), ": %llu", &number) == 1)
			found = true;
	if (f)
		fclose(f);
	if (found)
		*value = number;
	return found;
}
