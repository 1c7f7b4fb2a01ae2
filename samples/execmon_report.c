// SPDX-License-Identifier: GPL-2.0
/* execmon_report.c - how execs and their counts are shown, at every stage. */
#include <errno.h>

#include "observe.h"
#include "report.h"
#include "execmon_report.h"

static __u64 seen;

void execmon_event(const struct execmon_event *event)
{
	seen++;
	report("exec",
	       DEC("pid", event->pid),
	       DEC("ppid", event->ppid),
	       DEC("uid", event->uid),
	       STR("comm", event->comm, sizeof(event->comm)),
	       STR("file", event->file, sizeof(event->file)),
	       event->pad ? HEX("pad", event->pad) : (struct field){});
}

__u64 execmon_seen(void)
{
	return seen;
}

void execmon_count(const struct execmon_key *key, __u64 execs)
{
	report_row("count",
		   DEC("execs", execs),
		   STR("comm", key->comm, sizeof(key->comm)));
}

void execmon_counts(void)
{
	report_rows(observe.top);
}

int execmon_totals(const struct execmon_stats *stats)
{
	int err = observe_totals(seen, stats->sent, stats->lost, stats->error);

	if (!stats->uncounted)
		return err;
	report("uncounted", DEC("execs", stats->uncounted));
	if (stats->count_error == -E2BIG)
		return err;
	observe_warn("lost %llu of %llu execs in the table of counts; the last error: %s",
		     (unsigned long long)stats->uncounted,
		     (unsigned long long)(stats->sent + stats->lost),
		     observe_loss(stats->count_error));
	return -1;
}
