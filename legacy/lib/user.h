/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user.h - what every variant at the libbpf stage asks of libbpf 0.x: it sets where libbpf's log
 * goes, sets which tasks are observed, and adds up what was counted.  trace_output_user.c, which
 * is read first, has the calls that use its maps and programs written out instead.
 *
 * Its counterparts are raw.h and modern/lib/modern.h.  The functions are inline, since
 * they are compiled for each libbpf that a variant is built with.
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
#include "tracing.h"

#include "cpu_watch.h"
#include "observed.h"

/* libbpf's warnings go to stderr, its other messages only with -v. */
static inline int user_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN || observe.verbose ? vfprintf(stderr, fmt, args) : 0;
}

/*
 * The text of an error that libbpf_get_error() or another function of libbpf has returned: a
 * negative errno, or one of the codes from 4000 on, which only libbpf_strerror() knows.
 */
static inline const char *user_error(long err)
{
	static char text[128];

	libbpf_strerror(err, text, sizeof(text));
	return text;
}

/* Returns 0, or -ENOENT after a warning; attaching a NULL program would crash. */
static inline int user_found(const struct bpf_program *prog, const char *title)
{
	/* Without tracefs libbpf would only say that there is no such tracepoint. */
	if (!strncmp(title, "tracepoint/", strlen("tracepoint/")))
		tracing_needs_tracefs();
	if (prog)
		return 0;
	observe_warn("there is no program %s in the object: compare it with SEC() in the _kern.c, and build with make",
		     title);
	return -ENOENT;
}

static inline void user_init(void)
{
	/*
	 * Before Linux 5.11 maps and programs count against this limit: EPERM if it is too low.
	 * libbpf 1.0 raises it itself.
	 */
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	libbpf_set_print(user_log);
}

/*
 * A perf buffer has rings for the CPUs that were online when it was created, and cannot get
 * others, so this warns of CPUs that have come online.  It is called before the perf buffer is
 * created, and whenever it is read.
 */
static inline void user_watch_cpus(void)
{
	cpu_came_say("libbpf's perf buffer");
}

/* Fills the maps of observed.h.  Returns 0, or -1 after a warning. */
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
 * Adds up entry 0 of the per-CPU map "stats" over all possible CPUs: a struct of @size bytes with
 * 64-bit numbers only.  A number below 0 is an error, and is not added up: one of them is kept.
 * Returns 0, or -1 after a warning.
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
