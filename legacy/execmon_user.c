// SPDX-License-Identifier: GPL-2.0
/*
 * execmon_user.c - reports every exec, by libbpf 0.x and a perf buffer.
 *
 * libbpf opens and loads the object.  The offset of the parent's pid still has to be
 * looked up in BTF and put into a map; today CO-RE does this.  The keys of a map may
 * change while user space walks it, so the counts are read after the program is
 * detached.  The functions for both are in legacy/lib/execmon_user.h.
 * Its counterparts are legacy/execmon_raw.c and modern/execmon.c.
 */
#include <errno.h>
#include <bpf/libbpf.h>

#include "execmon.h"
#include "execmon_report.h"

#include "execmon_user.h"
#include "user.h"

int main(int argc, char **argv)
{
	struct perf_buffer_opts opts = { .sample_cb = handle_event };
	struct perf_buffer *ring = NULL;
	struct bpf_object *obj = NULL;
	struct bpf_link *link = NULL;
	struct execmon_stats stats;
	struct bpf_program *prog;
	enum observe_event event;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every exec, by tracepoint and perf buffer.");
	user_init();

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
	err = configure(obj);
	if (err)
		goto cleanup;
	user_watch_cpus();
	ring = perf_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"),
				observe.ring / getpagesize() ?: 64, &opts);
	err = libbpf_get_error(ring);
	if (err) {
		ring = NULL;
		observe_warn("cannot map the perf buffer: %s", user_error(err));
		goto cleanup;
	}
	prog = bpf_object__find_program_by_title(obj, "tracepoint/sched/sched_process_exec");
	err = user_found(prog, "tracepoint/sched/sched_process_exec");
	if (err)
		goto cleanup;
	link = bpf_program__attach_tracepoint(prog, "sched", "sched_process_exec");
	err = libbpf_get_error(link);
	if (err) {
		link = NULL;
		observe_warn("cannot attach to sched_process_exec: %s", user_error(err));
		goto cleanup;
	}

	observe_start();
	while (!exiting) {
		err = perf_buffer__poll(ring, observe.tick);
		event = observe_event();
		user_watch_cpus();
		if (err >= 0 || err == -EINTR)
			err = perf_buffer__consume(ring);
		if (err < 0)
			goto unreadable;
		err = event != OBSERVE_SYNC ? 0 : user_stats(obj, &stats, sizeof(stats));
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(execmon_seen(), stats.lost);
	}

	bpf_link__destroy(link);
	link = NULL;
	observe_detached();
	err = perf_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = read_counts(bpf_object__find_map_fd_by_name(obj, "counts"));
	if (!err)
		err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = execmon_totals(&stats);
	goto cleanup;

unreadable:
	observe_warn("cannot read the perf buffer: %s", user_error(err));
cleanup:
	bpf_link__destroy(link);
	perf_buffer__free(ring);
	bpf_object__close(obj);
	return observe_exit(err);
}
