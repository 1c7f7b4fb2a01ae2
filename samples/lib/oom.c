// SPDX-License-Identifier: GPL-2.0
/* oom.c - reads oom_kill of /proc/vmstat; see oom.h. */
#include <stdio.h>

#include "oom.h"

unsigned long long oom_kills(void)
{
	FILE *f = fopen("/proc/vmstat", "re");
	unsigned long long n = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "oom_kill %llu", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}
