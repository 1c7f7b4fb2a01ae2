// SPDX-License-Identifier: GPL-2.0
/* file_events_report.c - how an open is shown, at every stage. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "observe.h"
#include "report.h"
#include "file_events_report.h"

static __u64 seen;

void file_events_event(const struct file_events_event *event)
{
	seen++;
	report("open",
	       DEC("pid", event->pid),
	       DEC("tid", event->tid),
	       DEC("uid", event->uid),
	       STR("comm", event->comm, sizeof(event->comm)),
	       HEX("flags", event->flags),
	       INT("result", event->result),
	       STR("file", event->file, sizeof(event->file)));
}

__u64 file_events_seen(void)
{
	return seen;
}

int file_events_totals(const struct file_events_stats *stats, __u64 missed)
{
	if (stats->unpaired > stats->unkept)
		observe_warn("left out %llu calls that were under way when this began%s",
			     (unsigned long long)(stats->unpaired - stats->unkept),
			     missed ? ", or whose beginning the kernel skipped" : "");
	return observe_totals(seen, stats->sent, stats->lost + stats->unkept, missed);
}
