// SPDX-License-Identifier: GPL-2.0
/*
 * execmon_bpftool.c - reports every successful exec, by the bpftool command line.
 *
 * The commands are in execmon_bpftool.sh, and lib/bpftool_host.c runs them.  This file
 * tells it how to read the bytes that `event_pipe` and `map dump` print, and the
 * counters of the map "stats".
 */
#include "observe.h"
#include "execmon.h"
#include "execmon_report.h"

#include "bpftool_host.h"

static struct execmon_stats stats;

static void event(const void *data)
{
	execmon_event(data);
}

static void count(const void *key, const void *values, unsigned int cnt)
{
	(void)cnt;
	execmon_count(key, *(const __u64 *)values);
}

static void synced(void)
{
	observe_synced(execmon_seen(), stats.lost);
}

static int end(void)
{
	static const struct bpftool_map maps[] = {
		{ "counts", sizeof(struct execmon_key), sizeof(__u64), count }, {}
	};

	bpftool_dump(maps);
	execmon_counts();
	return execmon_totals(&stats);
}

int main(int argc, char **argv)
{
	static const struct bpftool_family execmon = {
		.about = "Reports every exec, by the bpftool command line.",
		.event = event, .event_size = sizeof(struct execmon_event),
		.stats = &stats, .stats_size = sizeof(stats), .sent = &stats.sent,
		.synced = synced, .end = end,
	};

	return bpftool_main(&execmon, argc, argv);
}
