// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache.c - shows the descriptors that are written to most, by a skeleton and a batch.
 *
 * A batch reads bucket by bucket, so an entry that is dropped meanwhile does not make it
 * start again from the first entry, as BPF_MAP_GET_NEXT_KEY does.  Reading it does not
 * mark an entry as used.  If the next bucket does not fit into the rest of the buffer,
 * the error is ENOSPC.  As lru_cache-percpu.skel and lru_cache-noprealloc.skel it
 * changes the map's type before the load.
 * Its counterparts are legacy/lru_cache_user.c and lru_cache_raw.c.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "lru_cache.h"
#include "lru_cache_report.h"

#include "modern.h"
#include "lru_cache.skel.h"

/* Shows the cache; with @exact it also checks what must be true when nothing counts any more. */
static int read_counts(const struct lru_cache_bpf *skel, bool exact)
{
	/* A HASH that refuses may exceed its limit by one less than the number of CPUs. */
	const unsigned int cpus = libbpf_num_possible_cpus(), room = LRU_CACHE_LIMIT + cpus;
	const unsigned int slots = bpf_map__type(skel->maps.counts) ==
				   BPF_MAP_TYPE_LRU_PERCPU_HASH ? cpus : 1;
	struct lru_cache_count *values = calloc(room * slots, sizeof(*values));
	struct lru_cache_key *keys = calloc(room, sizeof(*keys));
	__u32 n = room;
	__u64 at;
	int err = values && keys ? 0 : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_batch(bpf_map__fd(skel->maps.counts), NULL, &at, keys, values,
					   &n, NULL);
	/* The buffer has room for all entries, so the first batch is the last, with ENOENT. */
	if (err && err != -ENOENT) {
		observe_warn("cannot read the counts: %s", strerror(-err));
	} else {
		for (__u32 i = 0; i < n; i++)
			lru_cache_entry(&keys[i], &values[i * slots], slots);
		err = lru_cache_show(&skel->bss->stats, exact);
	}
	free(keys);
	free(values);
	return err;
}

int main(int argc, char **argv)
{
	struct lru_cache_bpf *skel = NULL;
	enum observe_event event;
	bool preempted;
	char about[128];
	int err;

	snprintf(about, sizeof(about),
		 "Shows the descriptors that are written to most%s, by BTF tracepoint.",
		 observe_flavour("percpu") ? ", CPU by CPU" :
		 observe_flavour("noprealloc") ? ", in a HASH that refuses more" : "");
	observe_init(argc, argv, about);
	libbpf_set_print(modern_log);
	modern_needs_btf();

	skel = lru_cache_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.lru_cache, !preempted);
	bpf_program__set_autoload(skel->progs.lru_cache_perf, preempted);
	skel->rodata->write_nr = __NR_write;
	if (observe_flavour("percpu")) {
		bpf_map__set_type(skel->maps.counts, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	} else if (observe_flavour("noprealloc")) {
		/* Older kernels load it at a BTF tracepoint without a warning. */
		if (!modern_btf_names("bpf_mem_alloc"))
			observe_skip("no struct bpf_mem_alloc in this kernel's BTF (Linux 6.1): BPF_F_NO_PREALLOC in a tracing program may deadlock");
		bpf_map__set_type(skel->maps.counts, BPF_MAP_TYPE_HASH);
		bpf_map__set_map_flags(skel->maps.counts, BPF_F_NO_PREALLOC);
		lru_cache_refuses = true;
	}

	err = lru_cache_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = lru_cache_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_enter: %s", strerror(-err));
		goto cleanup;
	}

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC) {
			lru_cache_synced(&skel->bss->stats);
		} else if (event == OBSERVE_REPORT) {
			report_refresh();
			err = read_counts(skel, false);
		}
		if (err)
			goto cleanup;
	}

	lru_cache_bpf__detach(skel);
	observe_detached();
	err = read_counts(skel, true);
	if (!err)
		err = observe_totals(skel->bss->stats.counted, skel->bss->stats.counted,
				     lru_cache_lost(&skel->bss->stats), skel->bss->stats.error);
cleanup:
	lru_cache_bpf__destroy(skel);
	return observe_exit(err);
}
