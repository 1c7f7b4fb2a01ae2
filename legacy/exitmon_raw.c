// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon_raw.c - reports every task that ends, by bpf(2) and perf_event_open(2) alone.
 *
 * legacy/lib loads the object, opens a ring for each CPU, and opens the tracepoint as a
 * perf event to which the program is attached.  The program stays attached as long as
 * the descriptor of that event is open, so the descriptor is closed first, and then the
 * rings are read a last time.
 * Its counterparts are legacy/exitmon_user.c and modern/exitmon.c.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "observe.h"
#include "exitmon.h"
#include "exitmon_report.h"

#include "attach.h"
#include "elf_load.h"
#include "perf_ring.h"
#include "raw.h"

static int handle_event(const void *data, __u32 size)
{
	if (size < sizeof(struct exitmon_event))
		return -1;
	exitmon_event(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct perf_rings *rings = NULL;
	struct exitmon_stats stats;
	enum observe_event event;
	struct epoll_event woken;
	int prog, link = -1;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every task that ends, by bpf(2) and perf_event_open(2) alone.");

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	rings = perf_rings_open(kern_map_fd(obj, "events"), observe.ring ?: 1 << 18);
	prog = kern_prog_fd(obj, "exitmon");
	link = rings ? attach_tracepoint("sched/sched_process_exit", prog) : -1;
	err = link < 0 ? -1 : 0;
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
			observe_synced(exitmon_seen(), stats.lost);
	}

	close(link);
	link = -1;
	observe_detached();
	err = perf_rings_read(rings, handle_event);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = perf_rings_check(rings, stats.lost);
	if (!err)
		err = observe_totals(exitmon_seen(), stats.sent, stats.lost, stats.error);
cleanup:
	if (link >= 0)
		close(link);
	perf_rings_close(rings);
	kern_close(obj);
	return observe_exit(err);
}
