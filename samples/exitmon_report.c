// SPDX-License-Identifier: GPL-2.0
/* exitmon_report.c - how a record of exitmon is shown, at every stage. */
#include "report.h"
#include "exitmon_report.h"

static __u64 seen;

void exitmon_event(const struct exitmon_event *event)
{
	seen++;
	report("exit",
	       DEC("pid", event->pid),
	       DEC("tid", event->tid),
	       STR("comm", event->comm, sizeof(event->comm)));
}

__u64 exitmon_seen(void)
{
	return seen;
}
