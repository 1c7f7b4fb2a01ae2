// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output_bpftool.c - receives a record for every write(2), by the bpftool command line.
 *
 * The commands are in trace_output_bpftool.sh, and lib/bpftool_host.c runs them.  This
 * file tells it how to read the bytes that `event_pipe` prints, and the counters of the
 * map "stats".
 */
#include "observe.h"
#include "trace_output.h"
#include "trace_output_report.h"

#include "bpftool_host.h"

static struct trace_output_stats stats;

static void event(const void *data)
{
	trace_output_event(data);
}

static void synced(void)
{
	observe_synced(trace_output_seen(), stats.lost);
}

static int live(void)
{
	bpftool_stats();
	trace_output_report(stats.lost);
	return 0;
}

static int end(void)
{
	trace_output_end(stats.lost);
	return observe_totals(trace_output_seen(), stats.sent, stats.lost, stats.error);
}

int main(int argc, char **argv)
{
	static const struct bpftool_family trace_output = {
		.about = "Counts the write(2) calls, and shows each with -v, by the bpftool command line.",
		.event = event, .event_size = sizeof(struct trace_output_event),
		.stats = &stats, .stats_size = sizeof(stats), .sent = &stats.sent,
		.synced = synced, .report = live, .end = end,
	};

	return bpftool_main(&trace_output, argc, argv);
}
