// SPDX-License-Identifier: GPL-2.0
/* write_count_report.c - how counted writes are shown, at every stage. */
#include "observe.h"
#include "report.h"
#include "write_count_report.h"

bool write_count_largest;
static __u64 processes, calls, bytes;

static void largest_of(struct write_count *sum, const struct write_count *count)
{
	if (sum->largest < count->largest)
		sum->largest = count->largest;
	if (!sum->comm[0])
		__builtin_memcpy(sum->comm, count->comm, sizeof(sum->comm));
}

void write_count_process(__u32 pid, const struct write_count *counts, unsigned int cpus)
{
	struct write_count sum = {};

	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		sum.calls += counts[cpu].calls;
		sum.bytes += counts[cpu].bytes;
		largest_of(&sum, &counts[cpu]);
	}
	processes++;
	calls += sum.calls;
	bytes += sum.bytes;
	report_row("process",
		   DEC("calls", sum.calls),
		   BYTES("bytes", sum.bytes),
		   write_count_largest ? BYTES("largest", sum.largest) : NONE("largest"),
		   DEC("pid", pid),
		   STR("comm", sum.comm, sizeof(sum.comm)));
}

__u64 write_count_show(void)
{
	__u64 shown = calls;

	report_rows(observe.top);
	report_refresh_end(DEC("processes", processes),
			   DEC("calls", calls),
			   BYTES("bytes", bytes));
	processes = 0;
	calls = 0;
	bytes = 0;
	return shown;
}

int write_count_totals(__u64 shown, __u64 counted, __u64 lost, long error)
{
	if (report_format == REPORT_RECORDS && (shown || lost))
		report("losses",
		       INT("error", error));
	return observe_totals(shown, counted, lost, error);
}
