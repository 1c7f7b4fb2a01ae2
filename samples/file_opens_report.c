// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens_report.c - how opens are added up and shown, at every stage.
 *
 * A variant may have one map entry for a process, or one for each of its CPUs or
 * threads.  This sorts the entries and adds up those of the same process.  The comm is
 * that of the entry with the earliest open.
 */
#include <stdlib.h>
#include <string.h>

#include "observe.h"
#include "report.h"
#include "file_opens_report.h"

struct process {
	__u32 pid;
	struct file_opens_process p;
};

struct name {
	__u64 opens;
	struct file_opens_name n;
	bool hashed;		/* legacy only: it has a key, which is its hash or follows it */
	__u64 key, collisions;
};

static struct process *processes;
static struct name *names;
static size_t nr_processes, nr_names;
static __u64 process_opens, name_opens;		/* sums of the tables shown last */
static __u64 shown_processes, shown_names, collided;
static __u64 untimely;				/* processes whose times are impossible */

/* Makes room for one more; the size doubles whenever @nr is a power of two. */
static void *grown(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = reallocarray(array, nr ? 2 * nr : 1, size);
	if (!array)
		observe_die("out of memory");
	return array;
}

void file_opens_process(__u32 pid, const struct file_opens_process *process)
{
	if (!process->opens)
		return;		/* the process made no call on this CPU */
	processes = grown(processes, nr_processes, sizeof(*processes));
	processes[nr_processes++] = (struct process){ .pid = pid, .p = *process };
}

static void add_name(const struct name *name)
{
	if (!name->opens && !name->collisions)
		return;
	names = grown(names, nr_names, sizeof(*names));
	names[nr_names++] = *name;
}

void file_opens_name(const struct file_opens_name *name, __u64 opens)
{
	add_name(&(struct name){ .opens = opens, .n = *name });
}

void file_opens_file(__u64 key, const struct file_opens_file *file, __u64 opens)
{
	const struct name name = { .opens = opens, .n = file->name, .hashed = true, .key = key,
				   .collisions = file->collisions };

	add_name(&name);
}

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->p.first < y->p.first ? -1 : x->p.first > y->p.first;
}

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	/* The values of several CPUs have one key.  A name must not have two. */
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return memcmp(&x->n, &y->n, sizeof(x->n));
}

/* A record has the times themselves, so that they can be compared. */
static struct field when(const char *name, const char *ago, __u64 time, __u64 now)
{
	return report_format == REPORT_RECORDS ? NS(name, time) : NS(ago, now - time);
}

static void show_processes(__u64 now)
{
	if (nr_processes)
		qsort(processes, nr_processes, sizeof(*processes), by_pid);
	process_opens = 0;
	shown_processes = 0;
	untimely = 0;
	for (size_t i = 0, next; i < nr_processes; i = next) {
		struct file_opens_process *p = &processes[i].p;

		for (next = i + 1; next < nr_processes && processes[next].pid == processes[i].pid;
		     next++) {
			p->opens += processes[next].p.opens;
			if (p->last < processes[next].p.last)
				p->last = processes[next].p.last;
		}
		process_opens += p->opens;
		shown_processes++;
		if (p->first < observe.began || p->last < p->first || p->last > now ||
		    (p->opens == 1 && p->last != p->first))
			untimely++;
		report_row("process",
			   DEC("opens", p->opens),
			   DEC("pid", processes[i].pid),
			   when("first", "first_ago", p->first, now),
			   when("last", "last_ago", p->last, now),
			   STR("comm", p->comm, sizeof(p->comm)));
	}
	report_rows(observe.top);
	nr_processes = 0;
}

/* Where a name lies concerns nobody but a comparison. */
static bool shows_key(const struct name *name)
{
	return name->hashed && report_format == REPORT_RECORDS;
}

static void show_names(void)
{
	if (nr_names)
		qsort(names, nr_names, sizeof(*names), by_name);
	name_opens = 0;
	shown_names = 0;
	collided = 0;
	for (size_t i = 0, next; i < nr_names; i = next) {
		for (next = i + 1; next < nr_names && !by_name(&names[i], &names[next]); next++)
			names[i].opens += names[next].opens;
		name_opens += names[i].opens;
		collided += names[i].collisions;
		shown_names++;
		report_row("file",
			   DEC("opens", names[i].opens),
			   shows_key(&names[i]) ?
				DEC("slot", names[i].key - file_opens_key(&names[i].n)) :
				NONE("slot"),
			   shows_key(&names[i]) ? DEC("collisions", names[i].collisions) :
				NONE("collisions"),
			   STR("name", names[i].n.name, sizeof(names[i].n.name)));
	}
	report_rows(observe.top);
	nr_names = 0;
}

void file_opens_show(void)
{
	__u64 now = observe_ktime();

	if (observe.live)
		report_refresh();
	show_processes(now);
	show_names();
	if (collided)
		report_note("\n%llu hash collisions; names with the same hash were told apart",
			    (unsigned long long)collided);
	report_refresh_end(DEC("processes", shown_processes),
			   DEC("files", shown_names),
			   DEC("opens", process_opens),
			   DEC("collisions", collided));
}

/* Checks that the sum of a table is the number of opens that were counted. */
static int adds_up(const char *what, __u64 shown, __u64 counted)
{
	if (shown == counted)
		return 0;
	observe_warn("the opens of all %s are %llu, but %llu were counted", what,
		     (unsigned long long)shown, (unsigned long long)counted);
	return -1;
}

/* Reports the opens that a full table did not take.  The other table may have them. */
static int has_all(const char *what, __u64 lost, long error, __u64 opens)
{
	if (!lost)
		return 0;
	observe_warn("lost %llu of %llu opens in the table of %s; the last error: %s",
		     (unsigned long long)lost, (unsigned long long)opens, what,
		     observe_loss(error));
	return -1;
}

__u64 file_opens_lost(const struct file_opens_stats *stats)
{
	__u64 calls = observe.by_cgroup ? stats->unmatched : stats->dropped;

	return stats->unprocessed + stats->unnamed + 2 * calls;
}

int file_opens_totals(const struct file_opens_stats *stats, bool paired)
{
	int err = 0;

	if (report_format == REPORT_RECORDS && (stats->opens || stats->unmatched))
		report("calls",
		       paired ? DEC("dropped", stats->dropped) : NONE("dropped"),
		       paired ? DEC("unmatched", stats->unmatched) : NONE("unmatched"),
		       INT("process_error", stats->process_error),
		       stats->unnamed ? INT("name_error", stats->name_error) : NONE("name_error"),
		       paired ? INT("start_error", stats->start_error) : NONE("start_error"));
	if (observe.by_cgroup || observe.live)
		err |= observe_unmatched(stats->unmatched, stats->dropped);
	err |= observe_totals(stats->opens, stats->opens, stats->dropped, stats->start_error);
	err |= has_all("processes", stats->unprocessed, stats->process_error, stats->opens);
	err |= has_all("names", stats->unnamed, stats->name_error, stats->opens);
	/* Last what is no loss. */
	err |= adds_up("processes", process_opens, stats->opens - stats->unprocessed);
	err |= adds_up("names", name_opens, stats->opens - stats->unnamed);
	if (untimely) {
		observe_warn("the times of the first and the last open of %llu processes are impossible",
			     (unsigned long long)untimely);
		err = -1;
	}
	return err;
}
