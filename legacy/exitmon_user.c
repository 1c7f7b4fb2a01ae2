// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon_user.c - reports every task that ends, by libbpf 0.x and a perf buffer.
 *
 * libbpf opens and loads the object.  The program is found by the title of its section,
 * and the tracepoint is named once more where the program is attached.  Before libbpf
 * 1.0 a function that failed returned a pointer that holds the error number, which `if
 * (!obj)` misses.
 * Its counterparts are legacy/exitmon_raw.c and modern/exitmon.c.
 */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "exitmon.h"
#include "exitmon_report.h"

#include "user.h"

/* A record in the ring need not be aligned for a __u64, so it is copied. */
static void handle_event(void *ctx, int cpu, void *data, __u32 size)
{
	struct exitmon_event event;

	(void)ctx;
	(void)cpu;
	if (size < sizeof(event))
		return;
	memcpy(&event, data, sizeof(event));
	exitmon_event(&event);
}

int main(int argc, char **argv)
{
	struct perf_buffer_opts opts = { .sample_cb = handle_event };
	struct perf_buffer *ring = NULL;
	struct bpf_object *obj = NULL;
	struct bpf_link *link = NULL;
	struct exitmon_stats stats;
	struct bpf_program *prog;
	enum observe_event event;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every task that ends, by tracepoint and perf buffer.");
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
	err = user_observe(obj);
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
	prog = bpf_object__find_program_by_title(obj, "tracepoint/sched/sched_process_exit");
	err = user_found(prog, "tracepoint/sched/sched_process_exit");
	if (err)
		goto cleanup;
	link = bpf_program__attach_tracepoint(prog, "sched", "sched_process_exit");
	err = libbpf_get_error(link);
	if (err) {
		link = NULL;
		observe_warn("cannot attach to the tracepoint: %s", user_error(err));
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
			observe_synced(exitmon_seen(), stats.lost);
	}

	bpf_link__destroy(link);
	link = NULL;
	observe_detached();
	err = perf_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = observe_totals(exitmon_seen(), stats.sent, stats.lost, stats.error);
	goto cleanup;

unreadable:
	observe_warn("cannot read the perf buffer: %s", user_error(err));
cleanup:
	bpf_link__destroy(link);
	perf_buffer__free(ring);
	bpf_object__close(obj);
	return observe_exit(err);
}
