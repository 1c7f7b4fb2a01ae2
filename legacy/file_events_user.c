// SPDX-License-Identifier: GPL-2.0
/*
 * file_events_user.c - reports every openat(2), by libbpf 0.x and a perf buffer.
 *
 * The object has two programs: each is found by the title of its section and attached by
 * hand.  As at the raw stage the order matters: the program at the entry is attached
 * first and detached last, or there would be calls with an exit and no entry.
 * Its counterparts are legacy/file_events_raw.c and modern/file_events.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "file_events.h"
#include "file_events_report.h"

#include "user.h"

/* A record in the ring need not be aligned for a __u64, so it is copied. */
static void handle_event(void *ctx, int cpu, void *data, __u32 size)
{
	struct file_events_event event;

	(void)ctx;
	(void)cpu;
	if (size < sizeof(event))
		return;
	memcpy(&event, data, sizeof(event));
	file_events_event(&event);
}

static struct bpf_link *attach(struct bpf_object *obj, const char *event)
{
	struct bpf_program *prog;
	struct bpf_link *link;
	char title[64];

	snprintf(title, sizeof(title), "tracepoint/raw_syscalls/%s", event);
	prog = bpf_object__find_program_by_title(obj, title);
	if (user_found(prog, title))
		return NULL;
	link = bpf_program__attach_tracepoint(prog, "raw_syscalls", event);
	if (!libbpf_get_error(link))
		return link;
	observe_warn("cannot attach to %s: %s", event, user_error(libbpf_get_error(link)));
	return NULL;
}

int main(int argc, char **argv)
{
	struct perf_buffer_opts opts = { .sample_cb = handle_event };
	struct bpf_link *enter = NULL, *leave = NULL;
	struct perf_buffer *ring = NULL;
	struct bpf_object *obj = NULL;
	struct file_events_stats stats;
	enum observe_event event;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every openat(2), by tracepoints and perf buffer.");
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
				observe.ring / getpagesize() ?: 256, &opts);
	err = libbpf_get_error(ring);
	if (err) {
		ring = NULL;
		observe_warn("cannot map the perf buffer: %s", user_error(err));
		goto cleanup;
	}
	enter = attach(obj, "sys_enter");
	leave = enter ? attach(obj, "sys_exit") : NULL;
	err = leave ? 0 : -1;
	if (err)
		goto cleanup;

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
			observe_synced(file_events_seen(), file_events_lost(&stats));
	}

	bpf_link__destroy(leave);
	bpf_link__destroy(enter);
	leave = NULL;
	enter = NULL;
	observe_detached();
	err = perf_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = file_events_totals(&stats, true);
	goto cleanup;

unreadable:
	observe_warn("cannot read the perf buffer: %s", user_error(err));
cleanup:
	bpf_link__destroy(leave);
	bpf_link__destroy(enter);
	perf_buffer__free(ring);
	bpf_object__close(obj);
	return observe_exit(err);
}
