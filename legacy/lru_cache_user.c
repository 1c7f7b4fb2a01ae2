// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache_user.c - shows the descriptors that are written to most, by libbpf 0.x.
 *
 * libbpf treats an LRU_HASH as any other hash.  bpf_map__resize() could give it more
 * room before the load; all of that memory is allocated at once, whether it is used or
 * not.
 * Its counterparts are legacy/lru_cache_raw.c and modern/lru_cache.c.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "lru_cache.h"
#include "lru_cache_report.h"

#include "no_prealloc.h"
#include "user.h"

/* Shows the cache; with @exact it also checks what must be true when nothing counts any more. */
static int read_counts(struct bpf_object *obj, bool exact)
{
	int counts = bpf_object__find_map_fd_by_name(obj, "counts");
	/* A lookup in an LRU_PERCPU_HASH returns the values of all possible CPUs. */
	const unsigned int slots = observe_flavour("percpu") ? libbpf_num_possible_cpus() : 1;
	struct lru_cache_count *values = calloc(slots, sizeof(*values));
	struct lru_cache_key key, *prev = NULL;
	struct lru_cache_stats stats;
	int err = values ? 0 : -1;

	/* While programs run, entries are dropped and the walk may start again: limit the steps. */
	for (int i = 0; !err && i < (exact ? 2 : 1) * LRU_CACHE_LIMIT; i++) {
		err = bpf_map_get_next_key(counts, prev, &key);
		if (err)
			break;
		err = bpf_map_lookup_elem(counts, &key, values);
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
	err = user_stats(obj, &stats, sizeof(stats));
	return err ? err : lru_cache_show(&stats, exact);
}

int main(int argc, char **argv)
{
	struct lru_cache_stats stats;
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	struct bpf_link *link = NULL;
	enum observe_event event;
	char about[128];
	int err;

	snprintf(about, sizeof(about),
		 "Shows the descriptors that are written to most%s, by tracepoint.",
		 observe_flavour("percpu") ? ", CPU by CPU" :
		 observe_flavour("noprealloc") ? ", in a HASH that refuses more" : "");
	observe_init(argc, argv, about);
	user_init();
	if (observe_flavour("noprealloc")) {
		need_no_prealloc();
		lru_cache_refuses = true;
	}

	obj = bpf_object__open_file(observe_object(), NULL);
	err = libbpf_get_error(obj);
	if (err) {
		obj = NULL;
		observe_warn("cannot open %s: %s", observe_object(), user_error(err));
		goto cleanup;
	}
	err = bpf_object__load(obj);
	if (err) {
		observe_warn("cannot load %s: %s (-v shows why)", observe_object(),
			     user_error(err));
		goto cleanup;
	}
	err = user_observe(obj);
	if (err)
		goto cleanup;
	prog = bpf_object__find_program_by_title(obj, "tracepoint/raw_syscalls/sys_enter");
	err = user_found(prog, "tracepoint/raw_syscalls/sys_enter");
	if (err)
		goto cleanup;
	link = bpf_program__attach_tracepoint(prog, "raw_syscalls", "sys_enter");
	err = libbpf_get_error(link);
	if (err) {
		link = NULL;
		observe_warn("cannot attach to sys_enter: %s", user_error(err));
		goto cleanup;
	}

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC) {
			err = user_stats(obj, &stats, sizeof(stats));
			lru_cache_synced(&stats);
		} else if (event == OBSERVE_REPORT) {
			report_refresh();
			err = read_counts(obj, false);
		}
		if (err)
			goto cleanup;
	}

	bpf_link__destroy(link);
	link = NULL;
	observe_detached();
	err = read_counts(obj, true);
	if (!err)
		err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = observe_totals(stats.counted, stats.counted, lru_cache_lost(&stats),
				     stats.error);
cleanup:
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return observe_exit(err);
}
