// SPDX-License-Identifier: GPL-2.0
/*
 * file_events_bpftool.c - reports every openat(2), by the bpftool command line.
 *
 * The commands are in file_events_bpftool.sh, and lib/bpftool_host.c runs them.  This
 * file tells it how to read the bytes that `event_pipe` prints, and the counters of the
 * map "stats".
 */
#include "observe.h"
#include "file_events.h"
#include "file_events_report.h"

#include "bpftool_host.h"

static struct file_events_stats stats;

static void event(const void *data)
{
	file_events_event(data);
}

static void synced(void)
{
	observe_synced(file_events_seen(), file_events_lost(&stats));
}

static int end(void)
{
	return file_events_totals(&stats, true);
}

int main(int argc, char **argv)
{
	static const struct bpftool_family file_events = {
		.about = "Reports every openat(2), by the bpftool command line.",
		.event = event, .event_size = sizeof(struct file_events_event),
		.stats = &stats, .stats_size = sizeof(stats), .sent = &stats.sent,
		.synced = synced, .end = end,
	};

	return bpftool_main(&file_events, argc, argv);
}
