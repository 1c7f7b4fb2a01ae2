// SPDX-License-Identifier: GPL-2.0
/* file_events_report.c - how an open is shown, at every stage. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "observe.h"
#include "report.h"
#include "file_events_report.h"

static __u64 seen;

/* A flag whose bits contain those of another flag comes before it. */
static const struct {
	__u32 bits;
	const char *name;
} flags[] = {
	{ O_CREAT, "O_CREAT" }, { O_EXCL, "O_EXCL" }, { O_NOCTTY, "O_NOCTTY" },
	{ O_TRUNC, "O_TRUNC" }, { O_APPEND, "O_APPEND" }, { O_NONBLOCK, "O_NONBLOCK" },
	{ O_SYNC, "O_SYNC" }, { O_DSYNC, "O_DSYNC" }, { O_ASYNC, "O_ASYNC" },
	{ O_DIRECT, "O_DIRECT" }, { O_TMPFILE, "O_TMPFILE" }, { O_DIRECTORY, "O_DIRECTORY" },
	{ O_NOFOLLOW, "O_NOFOLLOW" }, { O_NOATIME, "O_NOATIME" }, { O_PATH, "O_PATH" },
	{ O_CLOEXEC, "O_CLOEXEC" },
};

/* For a person: O_RDONLY|O_CLOEXEC, and bits without a name as a number. */
static const char *flag_names(__u32 given)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };
	static char text[256];
	int len;

	len = snprintf(text, sizeof(text), "%s", modes[given & O_ACCMODE]);
	given &= ~O_ACCMODE;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if ((given & flags[i].bits) != flags[i].bits)
			continue;
		len += snprintf(text + len, sizeof(text) - len, "|%s", flags[i].name);
		given &= ~flags[i].bits;
	}
	if (given)
		snprintf(text + len, sizeof(text) - len, "|0x%x", given);
	return text;
}

/* A descriptor, or the name of an errno. */
static const char *result_name(__s64 result)
{
	const char *name = result < 0 ? strerrorname_np(-result) : NULL;
	static char text[24];

	if (name)
		return name;
	snprintf(text, sizeof(text), "%lld", (long long)result);
	return text;
}

static void show_to_person(const struct file_events_event *event)
{
	report("open",
	       DEC("pid", event->pid),
	       DEC("tid", event->tid),
	       DEC("uid", event->uid),
	       STR("comm", event->comm, sizeof(event->comm)),
	       TEXT("result", result_name(event->result), 8),
	       TEXT("flags", flag_names(event->flags), 256),
	       STR("file", event->file, sizeof(event->file)));
}

void file_events_event(const struct file_events_event *event)
{
	seen++;
	if (report_format == REPORT_TABLE)
		return show_to_person(event);
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

int file_events_totals(const struct file_events_stats *stats, bool paired)
{
	int err;

	if (report_format == REPORT_RECORDS && (seen || stats->unmatched))
		report("calls",
		       paired ? DEC("dropped", stats->dropped) : NONE("dropped"),
		       paired ? DEC("unmatched", stats->unmatched) : NONE("unmatched"),
		       paired ? INT("start_error", stats->start_error) : NONE("start_error"));
	err = observe_unmatched(stats->unmatched, stats->dropped);
	return err | observe_totals(seen, stats->sent, stats->lost + stats->dropped,
				    stats->error ?: stats->start_error);
}
