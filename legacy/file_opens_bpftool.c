// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens_bpftool.c - counts opens by process and by name, by the bpftool command line.
 *
 * The commands are in file_opens_bpftool.sh, and lib/bpftool_host.c runs them.  This
 * file tells it how to read the bytes that `map dump` prints.  The flavour -percpu loads
 * another object, where counts have a value for each CPU, and names are in a map of
 * their own, with the same keys.  Names and counts are then two dumps, so a name that
 * has just been added may have no counts yet.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe.h"
#include "file_opens.h"
#include "file_opens_report.h"

#include "bpftool_host.h"

struct name {
	__u64 key;
	struct file_opens_file file;
};

static struct file_opens_stats stats;
static struct name *names;		/* for -percpu, sorted by key */
static size_t nr_names;
static bool sorted;

static void process(const void *key, const void *values, unsigned int cnt)
{
	const struct file_opens_process *value = values;

	for (unsigned int cpu = 0; cpu < cnt; cpu++)
		file_opens_process(*(const __u32 *)key, &value[cpu]);
}

static void file(const void *key, const void *values, unsigned int cnt)
{
	const struct file_opens_file *f = values;

	(void)cnt;
	file_opens_file(*(const __u64 *)key, f, f->opens);
}

static int by_key(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static void name(const void *key, const void *values, unsigned int cnt)
{
	const struct file_opens_file *f = values;

	(void)cnt;
	if (nr_names == FILE_OPENS_MAX_NAMES)
		observe_die("the map names has more than %d entries", FILE_OPENS_MAX_NAMES);
	memcpy(&names[nr_names].key, key, sizeof(__u64));
	names[nr_names++].file = *f;
}

static void opens(const void *key, const void *values, unsigned int cnt)
{
	const struct name wanted = { .key = *(const __u64 *)key }, *found;

	if (!sorted)
		qsort(names, nr_names, sizeof(*names), by_key);
	sorted = true;
	found = bsearch(&wanted, names, nr_names, sizeof(*names), by_key);
	for (unsigned int cpu = 0; found && cpu < cnt; cpu++)
		file_opens_file(found->key, &found->file, ((const __u64 *)values)[cpu]);
}

static void show(void)
{
	static const struct bpftool_map shared[] = {
		{ "processes", sizeof(__u32), sizeof(struct file_opens_process), process },
		{ "files", sizeof(__u64), sizeof(struct file_opens_file), file }, {}
	}, percpu[] = {
		{ "processes", sizeof(__u32), sizeof(struct file_opens_process), process },
		{ "names", sizeof(__u64), sizeof(struct file_opens_file), name },
		{ "files", sizeof(__u64), sizeof(__u64), opens }, {}
	};

	nr_names = 0;
	sorted = false;
	bpftool_dump(names ? percpu : shared);
	file_opens_show();
}

static void synced(void)
{
	observe_synced(stats.opens, file_opens_lost(&stats));
}

static int live(void)
{
	show();
	return 0;
}

static int end(void)
{
	show();
	return file_opens_totals(&stats, true);
}

int main(int argc, char **argv)
{
	static struct bpftool_family file_opens = {
		.stats = &stats, .stats_size = sizeof(stats),
		.synced = synced, .report = live, .end = end,
	};
	char about[128];

	snprintf(about, sizeof(about),
		 "Counts openat(2) by process and by name%s, by the bpftool command line.",
		 observe_flavour("percpu") ? " per CPU" : "");
	file_opens.about = about;
	if (observe_flavour("percpu")) {
		names = calloc(FILE_OPENS_MAX_NAMES, sizeof(*names));
		if (!names)
			observe_die("out of memory");
	}
	return bpftool_main(&file_opens, argc, argv);
}
