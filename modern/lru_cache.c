// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache.c - descriptors in bounded memory through a skeleton and a batch.
 *
 * A batch goes bucket by bucket, so that an entry which is forgotten meanwhile
 * makes it begin nowhere anew, as next key does.  It does not count as use.  The
 * trap: a bucket that does not fit into what is left of the buffer is ENOSPC.
 * A flavour is this file with another program: see lru_cache-percpu.c.
 * Its counterparts are legacy/lru_cache_user.c and _raw.c.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "lru_cache.h"
#include "lru_cache_report.h"

#include "modern.h"

/*
 * A flavour includes its own skeleton, sets these and includes this file: what it
 * does before anything is opened, how many values an entry of its map has, and what -h adds.
 */
#ifndef PREPARE
#include "lru_cache.skel.h"
#define PREPARE()	do { } while (0)
#define SLOTS		1
#define OF_WHAT		""
#endif

/* Shows the cache; with @exact, what must be true of it is checked. */
static int read_counts(const struct lru_cache_bpf *skel, bool exact)
{
	/* One that refuses may exceed its limit by one less than the number of CPUs. */
	const unsigned int slots = SLOTS, room = LRU_CACHE_LIMIT + libbpf_num_possible_cpus();
	struct lru_cache_count *values = calloc(room * slots, sizeof(*values));
	struct lru_cache_key *keys = calloc(room, sizeof(*keys));
	__u32 n = room;
	__u64 at;
	int err = values && keys ? 0 : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_batch(bpf_map__fd(skel->maps.counts), NULL, &at, keys, values,
					   &n, NULL);
	/* Room for all there can be: the first batch is the last. */
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
	int err;

	observe_init(argc, argv,
		     "Shows the descriptors that are written to most" OF_WHAT ", by BTF tracepoint.");
	modern_init();
	PREPARE();

	skel = lru_cache_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	modern_observe(skel, BPF_PROG_TYPE_TRACING);
	skel->rodata->write_nr = __NR_write;

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
			observe_synced(skel->bss->stats.counted + skel->bss->stats.refused,
				       skel->bss->stats.lost);
		} else if (event == OBSERVE_REPORT) {
			report_page();
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
				     skel->bss->stats.lost, skel->bss->stats.error);
cleanup:
	lru_cache_bpf__destroy(skel);
	return observe_exit(err);
}
