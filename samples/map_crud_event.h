/* SPDX-License-Identifier: GPL-2.0 */
/* map_crud_event.h - a perf event to put into a map, at every stage. */
#ifndef SAMPLES_MAP_CRUD_EVENT_H
#define SAMPLES_MAP_CRUD_EVENT_H

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/perf_event.h>

#include "observe.h"
#include "permission.h"

/* Opens a perf event that a PERF_EVENT_ARRAY accepts; ends the process if that fails. */
static inline int map_crud_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
	};
	int fd = syscall(__NR_perf_event_open, &attr, 0 /* ourselves */, -1 /* any CPU */, -1,
			 PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		observe_die("cannot open a perf event: %s", errno == EPERM || errno == EACCES ?
			    permission_why() : strerror(errno));
	return fd;
}

#endif
