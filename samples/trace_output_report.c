// SPDX-License-Identifier: GPL-2.0
/* trace_output_report.c - how a record of trace_output is shown, at every stage. */
#include <stdint.h>
#include <time.h>

#include "observe.h"
#include "report.h"
#include "trace_output_report.h"

static __u64 seen;

void trace_output_event(const struct trace_output_event *event)
{
	seen++;
	if (report_format == REPORT_TABLE && !observe.verbose)
		return;
	report("write",
	       DEC("pid", event->pid_tgid >> 32),
	       DEC("tid", (__u32)event->pid_tgid),
	       HEX("cookie", event->cookie));
}

__u64 trace_output_seen(void)
{
	return seen;
}

void trace_output_report(__u64 lost)
{
	static __u64 last_seen;
	static struct timespec last;
	struct timespec now;
	double seconds = observe.interval;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (last.tv_sec)
		seconds = now.tv_sec - last.tv_sec + (now.tv_nsec - last.tv_nsec) / 1e9;
	report_note("%8.0f events/s %10llu events %8llu lost", (seen - last_seen) / seconds,
		    (unsigned long long)seen, (unsigned long long)lost);
	last = now;
	last_seen = seen;
}

void trace_output_end(__u64 lost)
{
	report_note("%llu events, %llu lost", (unsigned long long)seen, (unsigned long long)lost);
}
