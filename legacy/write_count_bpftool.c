// SPDX-License-Identifier: GPL-2.0
/*
 * write_count_bpftool.c - counts the writes of each process, by the bpftool command line.
 *
 * The commands are in write_count_bpftool.sh, and lib/bpftool_host.c runs them.  This
 * file tells it how to read the bytes that `map dump` prints.  The flavours load other
 * objects: -percpu has a value for each CPU, and both -percpu and -cas keep the largest
 * write.  `bpftool feature probe` does not tell whether the kernel has the instruction
 * that -cas needs.  If it does not, the program is refused, and the reason is far up in
 * the verifier's log.
 */
#include <stdio.h>
#include <string.h>

#include "observe.h"
#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "bpftool_host.h"

static struct write_count_stats stats;

static void entry(const void *key, const void *values, unsigned int cnt)
{
	write_count_process(*(const __u32 *)key, values, cnt);
}

static __u64 show_counts(void)
{
	static const struct bpftool_map maps[] = {
		{ "counts", sizeof(__u32), sizeof(struct write_count), entry }, {}
	};

	bpftool_dump(maps);
	return write_count_show();
}

static void synced(void)
{
	observe_synced(stats.counted, stats.lost);
}

static int live(void)
{
	report_refresh();
	show_counts();
	return 0;
}

static int end(void)
{
	return write_count_totals(show_counts(), stats.counted, stats.lost, stats.error);
}

static const char *refused(const char *words)
{
	static char why[128];

	snprintf(why, sizeof(why),
		 "this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12): BPF_XADD uses reserved fields");
	return strstr(words, "uses reserved fields") ? why : NULL;
}

int main(int argc, char **argv)
{
	static struct bpftool_family write_count = {
		.stats = &stats, .stats_size = sizeof(stats),
		.refused = refused, .synced = synced, .report = live, .end = end,
	};
	char about[128];

	snprintf(about, sizeof(about),
		 "Counts the write(2) calls and bytes of each process%s, by the bpftool command line.",
		 observe_flavour("percpu") ? ", CPU by CPU" :
		 observe_flavour("cas") ? ", and the largest" : "");
	write_count.about = about;
	write_count_largest = observe_flavour("cas") || observe_flavour("percpu");
	return bpftool_main(&write_count, argc, argv);
}
