// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output_user.c - receives a record for every write(2), by libbpf 0.x and a perf buffer.
 *
 * libbpf opens the object file, creates its maps and loads its program.  This file still
 * has to find each map and program by name, and to say to which symbol the program is
 * attached.  Before libbpf 1.0 a function that failed returned a pointer that holds the
 * error number, and since 1.0 it returns NULL: `if (!obj)` misses the first, and
 * libbpf_get_error() finds both.
 *
 * This file is read first, so what the other variants take from lib/user.h is written out
 * here, but for messages.  lib/cpu_watch.c has a perf event on each CPU, to find out which
 * CPUs come online.
 * Its counterparts are legacy/trace_output_raw.c and modern/trace_output.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "trace_output.h"
#include "trace_output_report.h"

#include "ksym.h"
#include "user.h"

/* A record in the ring need not be aligned for a __u64, so it is copied. */
static void handle_event(void *ctx, int cpu, void *data, __u32 size)
{
	struct trace_output_event event;

	(void)ctx;
	(void)cpu;
	if (size < sizeof(event))
		return;
	memcpy(&event, data, sizeof(event));
	trace_output_event(&event);
}

/* Sets in the maps of lib/observed.h which tasks to observe.  Returns 0, or -1 and errno. */
static int set_observed(struct bpf_object *obj)
{
	struct observed_config config = {
		.by_cgroup = observe.by_cgroup,
		.self = observe.pid,
	};
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "observed"), &zero, &config,
				BPF_ANY))
		return -1;
	if (!observe.by_cgroup)
		return 0;
	/* The value is a descriptor; the kernel stores the cgroup that it refers to. */
	return bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "observed_cgroup"), &zero,
				   &observe.cgroup_fd, BPF_ANY);
}

/*
 * Adds up the counters of all CPUs.  A lookup in a per-CPU map writes a value for each CPU that
 * is possible, each rounded up to 8 bytes, and is not told how large the buffer is.  Returns 0,
 * or -1 after a warning.
 */
static int read_stats(struct bpf_object *obj, struct trace_output_stats *sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct trace_output_stats values[cpus > 0 ? cpus : 1];
	__u32 zero = 0;

	memset(sum, 0, sizeof(*sum));
	if (cpus < 0 || bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, "stats"), &zero,
					    values)) {
		observe_warn("cannot read the counters: %s", strerror(errno));
		return -1;
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		sum->sent += values[cpu].sent;
		sum->lost += values[cpu].lost;
		if (values[cpu].error)
			sum->error = values[cpu].error;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct perf_buffer_opts opts = { .sample_cb = handle_event };
	struct perf_buffer *ring = NULL;
	struct bpf_object *obj = NULL;
	struct trace_output_stats stats;
	struct bpf_link *link = NULL;
	struct bpf_program *prog;
	enum observe_event event;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Counts the write(2) calls, and shows each with -v, by kprobe and perf buffer.");
	/* Before Linux 5.11 maps and programs count against this limit: EPERM if it is too low. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	libbpf_set_print(user_log);
	tracing_needs_kprobes();

	obj = bpf_object__open_file(observe_object(), NULL);
	err = libbpf_get_error(obj);
	if (err) {
		obj = NULL;
		observe_warn("cannot open %s: %s", observe_object(), user_error(err));
		goto cleanup;
	}
	err = bpf_object__load(obj);
	if (err) {
		observe_warn("cannot load %s: %s (-v shows why)", observe_object(),
			     user_error(err));
		goto cleanup;
	}
	err = set_observed(obj);
	if (err) {
		observe_warn("cannot set which tasks to observe: %s", strerror(errno));
		goto cleanup;
	}
	user_watch_cpus();	/* warns of CPUs that come online later: they get no ring */
	ring = perf_buffer__new(bpf_object__find_map_fd_by_name(obj, "my_map"),
				observe.ring / getpagesize() ?: 64 /* pages */, &opts);
	err = libbpf_get_error(ring);
	if (err) {
		ring = NULL;
		observe_warn("cannot map the perf buffer: %s", user_error(err));
		goto cleanup;
	}
	prog = bpf_object__find_program_by_title(obj, "kprobe/sys_write");
	err = user_found(prog, "kprobe/sys_write");
	if (err)
		goto cleanup;
	link = bpf_program__attach_kprobe(prog, false, ksym("sys_write"));
	err = libbpf_get_error(link);
	if (err) {
		link = NULL;
		observe_warn("cannot attach to %s: %s", ksym("sys_write"), user_error(err));
		goto cleanup;
	}

	observe_start();
	while (!exiting) {
		err = perf_buffer__poll(ring, observe.tick);
		event = observe_event();
		user_watch_cpus();
		/* Not every record wakes the reader, and a sync asks for all of them. */
		if (err >= 0 || err == -EINTR)
			err = perf_buffer__consume(ring);
		if (err < 0)
			goto unreadable;
		err = 0;
		if (event == OBSERVE_SYNC || event == OBSERVE_REPORT)
			err = read_stats(obj, &stats);
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(trace_output_seen(), stats.lost);
		else if (event == OBSERVE_REPORT)
			trace_output_report(stats.lost);
	}

	bpf_link__destroy(link);
	link = NULL;
	observe_detached();
	err = perf_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = read_stats(obj, &stats);
	if (err)
		goto cleanup;
	trace_output_end(stats.lost);
	err = observe_totals(trace_output_seen(), stats.sent, stats.lost, stats.error);
	goto cleanup;

unreadable:
	observe_warn("cannot read the perf buffer: %s", user_error(err));
cleanup:
	bpf_link__destroy(link);
	perf_buffer__free(ring);
	bpf_object__close(obj);
	return observe_exit(err);
}
