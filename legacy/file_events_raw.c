// SPDX-License-Identifier: GPL-2.0
/*
 * file_events_raw.c - reports every openat(2), by bpf(2) and perf_event_open(2) alone.
 *
 * The two programs, one at the entry of the call and one at its exit, share the maps of
 * one object.  Their order matters: a call that begins before the program at the entry
 * is attached, or after it is detached, has an exit without an entry.  So the program at
 * the entry is attached first and detached last.
 * Its counterparts are legacy/file_events_user.c and modern/file_events.c.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "observe.h"
#include "file_events.h"
#include "file_events_report.h"

#include "attach.h"
#include "elf_load.h"
#include "perf_ring.h"
#include "raw.h"

static int handle_event(const void *data, __u32 size)
{
	if (size < sizeof(struct file_events_event))
		return -1;
	file_events_event(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct perf_rings *rings = NULL;
	struct file_events_stats stats;
	enum observe_event event;
	struct epoll_event woken;
	int enter = -1, leave = -1;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every openat(2), by bpf(2) and perf_event_open(2) alone.");

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	rings = perf_rings_open(kern_map_fd(obj, "events"), observe.ring ?: 1 << 20);
	if (rings)
		enter = attach_tracepoint("raw_syscalls/sys_enter",
					  kern_prog_fd(obj, "openat_enter"));
	if (enter >= 0)
		leave = attach_tracepoint("raw_syscalls/sys_exit",
					  kern_prog_fd(obj, "openat_exit"));
	err = leave < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while (!exiting) {
		epoll_wait(perf_rings_fd(rings), &woken, 1, observe.tick);
		event = observe_event();
		err = perf_rings_read(rings, handle_event);
		if (!err && event == OBSERVE_SYNC)
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(file_events_seen(), file_events_lost(&stats));
	}

	close(leave);
	close(enter);
	leave = -1;
	enter = -1;
	observe_detached();
	err = perf_rings_read(rings, handle_event);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = perf_rings_check(rings, stats.lost);
	if (!err)
		err = file_events_totals(&stats, true);
cleanup:
	if (leave >= 0)
		close(leave);
	if (enter >= 0)
		close(enter);
	perf_rings_close(rings);
	kern_close(obj);
	return observe_exit(err);
}
