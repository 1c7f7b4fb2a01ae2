// SPDX-License-Identifier: GPL-2.0
/*
 * pair.c - two tools of a user's own, an old one and a new one, without any family: do they
 * report the same of a command?
 *
 * Both are foreign tools, see foreign.c, and both report what everybody does.  So the runner
 * has to know which processes are the command and its descendants, however short they live.
 * The kernel writes that down: a perf event that a task hands on to its children (as that of
 * perf record does) says each time that one of them forks.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "equiv/equiv.h"

#define RING	(1 << 21)	/* bytes for a CPU: some 30,000 processes */

/* A filter for tools whose lines are compared as they are: each word is a field. */
static const char words[] =
	"awk 'NF { printf \"line\"; for (i = 0; i++ < NF;) printf \" %d=%s\", i, $i; print \"\" }'";

static struct perf_event_mmap_page **rings;
static int nr_rings;

static void join(struct family *f, const char *name, char *what, const char *records)
{
	struct stat st;

	if (!stat(what, &st) && S_ISREG(st.st_mode) && access(what, X_OK))
		foreign_add_file(f, name, what);
	else
		foreign_add(f, name, what, records);
}

struct family *pair_family(char *old, char *new, const char *old_records, const char *new_records)
{
	static struct family f = { .stem = "pair", .pair = true, .reference = -1 };

	if (!old_records)
		old_records = words;
	family_add(&f, "pair.command");
	join(&f, "old", old, old_records);
	join(&f, "new", new, new_records ? new_records : old_records);
	f.proc[2].modern = true;
	return &f;
}

/* ---- which processes ---- */

const char *pair_watch(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.inherit = 1,
		.task = 1,
	};
	long page = sysconf(_SC_PAGESIZE), cpus = sysconf(_SC_NPROCESSORS_CONF);
	static char why[128];

	for (; nr_rings; nr_rings--)
		munmap(rings[nr_rings - 1], page + RING);
	free(rings);
	rings = calloc(cpus, sizeof(*rings));
	if (!rings)
		abort();
	for (int cpu = 0; cpu < cpus; cpu++) {
		int fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
		void *ring = MAP_FAILED;

		if (fd < 0 && errno == ENODEV)
			continue;	/* that CPU is offline */
		if (fd >= 0)
			ring = mmap(NULL, page + RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (ring == MAP_FAILED) {
			snprintf(why, sizeof(why), "cannot watch which processes it starts (%s): %s",
				 fd < 0 ? "perf_event_open" : "mmap", strerror(errno));
			return why;
		}
		close(fd);	/* the ring keeps the event */
		rings[nr_rings++] = ring;
	}
	return NULL;
}

/* Returns these processes and @pid, to be freed; NULL if a ring was too small. */
static long *read_pids(pid_t pid, size_t *n)
{
	long page = sysconf(_SC_PAGESIZE), *pids = malloc(sizeof(*pids));

	if (!pids)
		abort();
	pids[0] = pid;
	*n = 1;
	for (int i = 0; i < nr_rings; i++) {
		const char *data = (const char *)rings[i] + page;
		__u64 head = __atomic_load_n(&rings[i]->data_head, __ATOMIC_ACQUIRE), at = 0;

		if (head > RING - 4096) {
			free(pids);
			return NULL;
		}
		pids = realloc(pids, (*n + head / 16) * sizeof(*pids));
		if (!pids)
			abort();
		while (at < head) {
			const struct {
				struct perf_event_header header;
				__u32 pid, ppid, tid, ptid;
			} *event = (const void *)(data + at);

			if (event->header.type == PERF_RECORD_FORK)
				pids[(*n)++] = event->pid;
			at += event->header.size;
		}
	}
	return pids;
}

int pair_settle(struct family *f)
{
	struct proc *old = &f->proc[1], *new = &f->proc[2];
	size_t n;
	long *pids = read_pids(f->proc[0].pid, &n);

	if (!pids)
		return -1;
	foreign_settle_of(old, &new->records, pids, n);
	foreign_settle_of(new, &old->records, pids, n);
	free(pids);
	return 0;
}
