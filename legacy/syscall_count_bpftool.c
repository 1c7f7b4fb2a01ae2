// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count_bpftool.c - counts system calls by number, by the bpftool command line.
 *
 * The commands are in syscall_count_bpftool.sh, and lib/bpftool_host.c runs them.  This
 * file tells it how to read the bytes that `map dump` prints.  The flavour -percpu loads
 * another object, which has a value for each CPU, and so a minimum and a maximum of the
 * latency.
 */
#include "observe.h"
#include "syscall_count.h"
#include "syscall_count_report.h"

#include "bpftool_host.h"

static struct syscall_count_stats stats;
static bool minmax;

static void enters(const void *key, const void *values, unsigned int cnt)
{
	for (unsigned int cpu = 0; cpu < cnt; cpu++)
		syscall_count_enters(*(const __u32 *)key, ((const __u64 *)values)[cpu]);
}

static void latency(const void *key, const void *values, unsigned int cnt)
{
	const struct syscall_count_latency *value = values;

	for (unsigned int cpu = 0; cpu < cnt; cpu++)
		syscall_count_latency(*(const __u32 *)key, &value[cpu]);
}

static void start(const void *key, const void *values, unsigned int cnt)
{
	(void)cnt;
	syscall_count_unended(*(const __u64 *)key, values);
}

static void read_maps(void)
{
	static const struct bpftool_map maps[] = {
		{ "enters", sizeof(__u32), sizeof(__u64), enters },
		{ "latency", sizeof(__u32), sizeof(struct syscall_count_latency), latency }, {}
	};

	bpftool_dump(maps);
}

/* Only at the end, as a dump fails if an entry is deleted while it is read. */
static void read_starts(void)
{
	const char *said, *why;
	int status;

	said = bpftool_part("starts", NULL, &status);
	if (status)
		bpftool_failed("starts", status);
	if (!map_text_read(said, sizeof(__u64), sizeof(struct syscall_count_start), start, &why))
		observe_die("bpftool map dump of starts: %s", why);
}

static void synced(void)
{
	observe_synced(0, stats.lost);
}

static int live(void)
{
	read_maps();
	syscall_count_report(minmax);
	return 0;
}

static int end(void)
{
	int err;

	read_maps();
	read_starts();
	err = syscall_count_end(minmax);
	return syscall_count_totals(stats.lost, stats.error) | err;
}

int main(int argc, char **argv)
{
	static struct bpftool_family syscall_count = {
		.about = "Counts system calls, in shared arrays, by the bpftool command line.",
		.stats = &stats, .stats_size = sizeof(stats),
		.synced = synced, .report = live, .end = end,
	};

	minmax = observe_flavour("percpu");
	if (minmax)
		syscall_count.about =
			"Counts system calls, in per-CPU arrays, by the bpftool command line.";
	return bpftool_main(&syscall_count, argc, argv);
}
