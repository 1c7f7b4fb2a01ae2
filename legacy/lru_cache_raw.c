// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache_raw.c - shows the descriptors that are written to most, by bpf(2) alone.
 *
 * Since Linux 5.2 a lookup by bpf(2) does not mark an entry as used; otherwise a table
 * that is shown every few seconds would keep all entries in the map.  An entry may be
 * dropped between the read of its key and the read of its value, and then the walk
 * starts again from the first entry.  So a live table may show a row twice, and only the
 * last table is exact.
 * Its counterparts are legacy/lru_cache_user.c and modern/lru_cache.c.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe.h"
#include "report.h"
#include "lru_cache.h"
#include "lru_cache_report.h"

#include "attach.h"
#include "elf_load.h"
#include "no_prealloc.h"
#include "raw.h"
#include "sys_bpf.h"

/* Shows the cache; with @exact it also checks what must be true when nothing counts any more. */
static int read_counts(const struct kern_object *obj, bool exact)
{
	int counts = kern_map_fd(obj, "counts");
	/* A lookup in an LRU_PERCPU_HASH returns the values of all possible CPUs. */
	const unsigned int slots = observe_flavour("percpu") ? possible_cpus() : 1;
	struct lru_cache_count *values = calloc(slots, sizeof(*values));
	struct lru_cache_key key, *prev = NULL;
	struct lru_cache_stats stats;
	int err = values ? 0 : -1;

	/* While programs run, entries are dropped and the walk may start again: limit the steps. */
	for (int i = 0; !err && i < (exact ? 2 : 1) * LRU_CACHE_LIMIT; i++) {
		err = sys_map_next_key(counts, prev, &key);
		if (err)
			break;
		err = sys_map_lookup(counts, &key, values);
		if (!err)
			lru_cache_entry(&key, values, slots);
		else if (errno == ENOENT && !exact)
			err = 0;
		prev = &key;
	}
	free(values);
	if (err && errno != ENOENT) {
		observe_warn("cannot read the counts: %s", strerror(errno));
		return -1;
	}
	err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	return err ? err : lru_cache_show(&stats, exact);
}

int main(int argc, char **argv)
{
	char about[128];
	struct kern_object *obj = NULL;
	struct lru_cache_stats stats;
	enum observe_event event;
	int prog, link = -1, err;

	snprintf(about, sizeof(about),
		 "Shows the descriptors that are written to most%s, by bpf(2) alone.",
		 observe_flavour("percpu") ? ", CPU by CPU" :
		 observe_flavour("noprealloc") ? ", in a HASH that refuses more" : "");
	observe_init(argc, argv, about);
	if (observe_flavour("noprealloc")) {
		need_no_prealloc();
		lru_cache_refuses = true;
	}

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (!err)
		err = raw_observe(kern_map_fd(obj, "observed"),
				  kern_map_fd(obj, "observed_cgroup"));
	if (err)
		goto cleanup;
	prog = kern_prog_fd(obj, "lru_cache");
	link = attach_tracepoint("raw_syscalls/sys_enter", prog);
	err = link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC) {
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
			lru_cache_synced(&stats);
		} else if (event == OBSERVE_REPORT) {
			report_refresh();
			err = read_counts(obj, false);
		}
		if (err)
			goto cleanup;
	}

	close(link);
	link = -1;
	observe_detached();
	err = read_counts(obj, true);
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = observe_totals(stats.counted, stats.counted, lru_cache_lost(&stats),
				     stats.error);
cleanup:
	if (link >= 0)
		close(link);
	kern_close(obj);
	return observe_exit(err);
}
