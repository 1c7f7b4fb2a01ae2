/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user.h - the little that every variant at the libbpf stage says to libbpf
 * 0.x: where its log goes, whom to observe, what was counted.  trace_output_user.c,
 * which is read first, has all calls of libbpf written out.
 *
 * Its counterparts are raw.h and modern/lib/modern.h; the functions are inline,
 * since they are compiled against whichever libbpf the variant is.
 */
#ifndef LEGACY_LIB_USER_H
#define LEGACY_LIB_USER_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "observe.h"
#include "attach.h"
#include "cpu_watch.h"
#include "observed.h"

/* libbpf's warnings go to stderr, its other messages only with -v. */
static inline int user_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN || observe.verbose ? vfprintf(stderr, fmt, args) : 0;
}

/*
 * What libbpf_get_error() or a function of libbpf returned, below 0: an errno, or one
 * of the codes from 4000 on that libbpf_strerror() alone knows.
 */
static inline const char *user_error(long err)
{
	static char text[128];

	libbpf_strerror(err, text, sizeof(text));
	return text;
}

/* 0, or -ENOENT and a line: what attaches a program would follow the NULL. */
static inline int user_found(const struct bpf_program *prog, const char *title)
{
	/* libbpf would only say that the tracepoint is not there. */
	if (!strncmp(title, "tracepoint/", strlen("tracepoint/")))
		need_tracefs();
	if (prog)
		return 0;
	observe_warn("there is no program %s in the object: compare it with SEC() in the _kern.c, and build with make",
		     title);
	return -ENOENT;
}

static inline void user_init(void)
{
	/* Before 5.11, or maps and programs are EPERM.  libbpf 1.0 does it itself. */
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	libbpf_set_print(user_log);
}

/*
 * A perf buffer has the CPUs that were online when it was made, and cannot have others:
 * says which have come.  Called before it is made, and whenever it is read.
 */
static inline void user_watch_cpus(void)
{
	cpu_came_say("libbpf's perf buffer");
}

static inline void user_needs_kprobes(void)
{
	if (kprobe_missing())
		observe_skip("%s", kprobe_missing());
}

/* Fills the maps of observed.h: 0, or -1 and a line. */
static inline int user_observe(struct bpf_object *obj)
{
	struct observed_config config = {
		.by_cgroup = observe.by_cgroup,
		.self = observe.pid,
	};
	__u32 zero = 0;

	observed_compat(&config);
	if (!bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "observed"),
				 &zero, &config, BPF_ANY) &&
	    (!observe.by_cgroup ||
	     !bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "observed_cgroup"),
				  &zero, &observe.cgroup_fd, BPF_ANY)))
		return 0;
	observe_warn("cannot set which tasks to observe: %s", strerror(errno));
	return -1;
}

/*
 * Adds up entry 0 of the per-CPU map "stats", a struct of @size bytes that is
 * all 64-bit numbers; one below 0 is an error, of which any is kept.  0, or -1
 * and a line.  There is a value for each possible CPU.
 */
static inline int user_stats(struct bpf_object *obj, void *sums, size_t size)
{
	int cpus = libbpf_num_possible_cpus();
	size_t cnt = size / sizeof(__u64);
	__u64 *sum = sums, *values;
	__u32 zero = 0;
	int err = -1;

	memset(sums, 0, size);
	values = calloc(cpus > 0 ? cpus : 1, size);
	if (values && cpus > 0)
		err = bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, "stats"),
					  &zero, values);
	if (err)
		observe_warn("cannot read the counters: %s", strerror(errno));
	for (size_t i = 0; !err && i < cpus * cnt; i++)
		sum[i % cnt] = (__s64)values[i] < 0 ? values[i] : sum[i % cnt] + values[i];
	free(values);
	return err ? -1 : 0;
}

#endif
