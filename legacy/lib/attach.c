// SPDX-License-Identifier: GPL-2.0
/* attach.c - attaches a loaded program to its event, by perf_event_open(2). */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/perf_event.h>

#include "observe.h"
#include "permission.h"
#include "tracing.h"

#include "attach.h"
#include "ksym.h"
#include "sys_bpf.h"

/* Reads a file that holds one number.  Returns -1 and errno if there is none. */
static int read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	int n = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%d", &n) != 1) {
		n = -1;
		errno = EINVAL;
	}
	fclose(f);
	return n;
}

/* Opens the perf event @attr, attaches @prog_fd and enables it.  @what is for the message. */
static int attach_perf(struct perf_event_attr *attr, const char *what,
		       const char *name, int prog_fd)
{
	int fd, err, cpu = 0;

	if (prog_fd < 0)
		return -1;
	attr->size = sizeof(*attr);
	do {
		fd = syscall(__NR_perf_event_open, attr, -1 /* any task */, cpu, -1,
			     PERF_FLAG_FD_CLOEXEC);
	} while (fd < 0 && errno == ENODEV && ++cpu < possible_cpus());	/* offline */
	if (fd >= 0 && !ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd) &&
	    !ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return fd;

	err = errno;
	if (fd < 0 && err == ENOENT)
		observe_warn("%s %s: this kernel has no such symbol; see /proc/kallsyms",
			     what, name);
	else if (fd >= 0 && err == EACCES && attr->type == PERF_TYPE_TRACEPOINT)
		/* What perf_event_set_bpf_prog() in the kernel says of max_ctx_offset. */
		observe_warn("%s %s: the program reads more than the record of this tracepoint has: compare its struct with events/%s/format in tracefs, or is it meant for another tracepoint?",
			     what, name, name);
	else if (err == EPERM || err == EACCES)
		observe_warn("%s %s: %s", what, name, permission_why());
	else if (fd < 0)
		observe_warn("%s %s: perf_event_open: %s", what, name, strerror(err));
	else
		observe_warn("%s %s: cannot attach the program to the event: %s",
			     what, name, strerror(err));
	if (fd >= 0)
		close(fd);
	return -1;
}

int attach_tracepoint(const char *event, int prog_fd)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };
	const char *tracefs = tracing_needs_tracefs();
	char path[256];
	int id;

	snprintf(path, sizeof(path), "%s/events/%s/id", tracefs, event);
	id = read_number(path);
	if (id < 0 && (errno == EPERM || errno == EACCES))
		observe_skip("tracepoint %s: cannot read %s: %s", event, path, permission_why());
	if (id < 0) {
		observe_warn("tracepoint %s: %s: %s; see %s/available_events", event,
			     path, strerror(errno), tracefs);
		return -1;
	}
	attr.config = id;
	return attach_perf(&attr, "tracepoint", event, prog_fd);
}

int kprobe_type(void)
{
	int type = read_number(TRACING_KPROBE);

	if (type < 0)
		observe_warn("%s: %s", TRACING_KPROBE, strerror(errno));
	return type;
}

/*
 * Since Linux 4.17 a kprobe is a type of perf event.  Before that, a program wrote a line into
 * kprobe_events in tracefs, and the probe then had an id, as a tracepoint has.
 */
int attach_kprobe(const char *symbol, int prog_fd)
{
	struct perf_event_attr attr = {};
	int type = kprobe_type();

	if (type < 0)
		return -1;
	symbol = ksym(symbol);
	attr.type = type;
	attr.kprobe_func = (uintptr_t)symbol;
	return attach_perf(&attr, "kprobe", symbol, prog_fd);
}
