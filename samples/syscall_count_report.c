// SPDX-License-Identifier: GPL-2.0
/* syscall_count_report.c - how system calls are shown, at every stage. */
#include <string.h>

#include "observe.h"
#include "report.h"
#include "syscall_names.h"
#include "syscall_count_report.h"

struct sum {
	__u64 enters;
	struct syscall_count_latency latency;
};

static struct sum sums[SYSCALL_COUNT_SLOTS];
static __u64 events, unended;
static bool own_wanted, own_seen;	/* see syscall_count_own() */

void syscall_count_enters(__u32 slot, __u64 enters)
{
	sums[slot].enters += enters;
}

void syscall_count_latency(__u32 slot, const struct syscall_count_latency *latency)
{
	struct syscall_count_latency *sum = &sums[slot].latency;

	sum->exits += latency->exits;
	sum->measured += latency->measured;
	sum->total_ns += latency->total_ns;
	if (sum->max_ns < latency->max_ns)
		sum->max_ns = latency->max_ns;
	if (sum->not_min_ns < latency->not_min_ns)
		sum->not_min_ns = latency->not_min_ns;
}

static const char *slot_name(__u32 slot)
{
	return slot == SYSCALL_COUNT_OTHER ? "other" : syscall_name(slot);
}

static const struct syscall_count_start own = { .ns = 1, .nr = -2 };

bool syscall_count_own(__u64 *thread, struct syscall_count_start *start)
{
	own_wanted = !observe.by_cgroup;
	*thread = (__u64)observe.pid << 32 | observe.pid;
	*start = own;
	return own_wanted;
}

void syscall_count_unended(__u64 thread, const struct syscall_count_start *start)
{
	if (own_wanted && (__u32)thread == observe.pid && !memcmp(start, &own, sizeof(own))) {
		own_seen = true;
		return;
	}
	if (!syscall_count_compared(start->nr))
		return;
	unended++;
	if (report_format == REPORT_RECORDS)
		report("unended",
		       DEC("tgid", thread >> 32),
		       DEC("tid", (__u32)thread),
		       TEXT("name", slot_name(syscall_count_slot(start->nr)), 32));
}

static void show_row(__u32 slot, bool minmax)
{
	const struct syscall_count_latency *l = &sums[slot].latency;
	__u64 avg = l->measured ? l->total_ns / l->measured : 0;
	const char *name = slot_name(slot);

	report_row("syscall",
		   DEC("enters", sums[slot].enters),
		   DEC("exits", l->exits),
		   DEC("measured", l->measured),
		   NS("total", l->total_ns),
		   minmax ? NS("min", l->measured ? ~l->not_min_ns : 0) : NONE("min"),
		   NS("avg", avg),
		   minmax ? NS("max", l->max_ns) : NONE("max"),
		   TEXT("name", name, 32));
}

/*
 * The sum of all rows, as fields.  A live table has no unpaired_ fields, as enters and
 * exits are read at different times.
 */
#define SUMS(all)								\
	DEC("enters", (all).enters),						\
	DEC("exits", (all).latency.exits),					\
	DEC("measured", (all).latency.measured)
#define TOTALS(all)								\
	SUMS(all),								\
	DEC("unpaired_enters", (all).enters - (all).latency.measured),		\
	DEC("unpaired_exits", (all).latency.exits - (all).latency.measured),	\
	DEC("unended", unended)

/* Shows all rows; returns their sum. */
static struct sum show_rows(bool minmax)
{
	struct sum all = {};

	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		const struct sum *s = &sums[slot];

		if (!s->enters && !s->latency.exits)
			continue;
		if (report_format == REPORT_RECORDS && !syscall_count_compared(slot))
			continue;
		all.enters += s->enters;
		all.latency.exits += s->latency.exits;
		all.latency.measured += s->latency.measured;
		all.latency.total_ns += s->latency.total_ns;
		show_row(slot, minmax);
	}
	report_rows(observe.top);
	events = all.enters + all.latency.exits;
	return all;
}

void syscall_count_report(bool minmax)
{
	static __u64 before;
	struct sum all;

	report_refresh();
	all = show_rows(minmax);
	report_refresh_end(SUMS(all));
	report_note("%llu calls/s, %llu calls in all",
		    (unsigned long long)(all.enters - before) / observe.interval,
		    (unsigned long long)all.enters);
	before = all.enters;
	memset(sums, 0, sizeof(sums));
}

static int check(__u32 slot, bool minmax)
{
	const struct syscall_count_latency *l = &sums[slot].latency;
	__u64 min = ~l->not_min_ns;

	if (l->measured > sums[slot].enters || l->measured > l->exits) {
		observe_warn("%s: %llu pairs of %llu enters and %llu exits", slot_name(slot),
			     (unsigned long long)l->measured,
			     (unsigned long long)sums[slot].enters,
			     (unsigned long long)l->exits);
		return -1;
	}
	if (!minmax || !l->measured)
		return 0;
	/* This divides, as a product may overflow: a call can sleep for days. */
	if (min > l->total_ns / l->measured ||
	    (l->total_ns + l->measured - 1) / l->measured > l->max_ns) {
		observe_warn("%s: %llu calls of %llu to %llu ns cannot have taken %llu ns",
			     slot_name(slot), (unsigned long long)l->measured,
			     (unsigned long long)min, (unsigned long long)l->max_ns,
			     (unsigned long long)l->total_ns);
		return -1;
	}
	return 0;
}

int syscall_count_end(bool minmax)
{
	struct sum all = show_rows(minmax);
	int err = 0;

	report_refresh_end(TOTALS(all));
	if (report_format != REPORT_JSON)
		report("total", TOTALS(all));
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++)
		if (check(slot, minmax))
			err = -1;
	if (own_wanted && !own_seen) {
		observe_warn("the program has observed this process");
		err = -1;
	}
	if (all.latency.measured && !all.latency.total_ns) {
		observe_warn("%llu calls cannot have taken no time",
			     (unsigned long long)all.latency.measured);
		err = -1;
	}
	return err;
}

int syscall_count_totals(__u64 lost, long error)
{
	if (report_format == REPORT_RECORDS && (events || lost))
		report("losses",
		       INT("error", error));
	return observe_totals(events, events, lost, error);
}
