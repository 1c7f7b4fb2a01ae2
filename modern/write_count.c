// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.c - writes of each process through a skeleton and a batch.
 *
 * bpf_map_lookup_batch() (Linux 5.6) reads a whole hash by one system call, where
 * the legacy side makes two for each entry.  The trap: the batch that reaches the
 * end is an error by its return value, ENOENT, and still has entries.
 * A flavour is this file with another program: see write_count-percpu.c.
 * Its counterparts are legacy/write_count_user.c and _raw.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "modern.h"

/*
 * A flavour includes its own skeleton, sets these and includes this file: what it
 * does before anything is opened, how many values an entry of its map has, and what -h adds.
 */
#ifndef PREPARE
#include "write_count.skel.h"
#define PREPARE()	do { } while (0)
#define SLOTS		1
#define OF_WHAT		""
#endif

/* Shows all processes; how many calls that makes is in @calls. */
static int read_counts(const struct bpf_map *counts, __u64 *calls)
{
	const unsigned int slots = SLOTS, room = WRITE_COUNT_MAX_PROCESSES;
	struct write_count *values = calloc(room * slots, sizeof(*values));
	__u32 *pids = calloc(room, sizeof(*pids)), at, n = room, i;
	int err = values && pids ? 0 : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_batch(bpf_map__fd(counts), NULL, &at, pids, values, &n, NULL);
	/* Room for all there can be: the first batch is the last. */
	if (err && err != -ENOENT)
		observe_warn("cannot read the counts: %s", strerror(-err));
	else
		err = 0;
	for (i = 0; !err && i < n; i++)
		write_count_process(pids[i], &values[i * slots], slots);
	*calls = write_count_show();
	free(pids);
	free(values);
	return err;
}

int main(int argc, char **argv)
{
	struct write_count_bpf *skel = NULL;
	enum observe_event event;
	__u64 calls;
	int err;

	observe_init(argc, argv,
		     "Counts the write(2) calls and bytes of each process" OF_WHAT ", by BTF tracepoint.");
	modern_init();
	PREPARE();

	skel = write_count_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	modern_observe(skel, BPF_PROG_TYPE_TRACING);
	skel->rodata->write_nr = __NR_write;

	err = write_count_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = write_count_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_exit: %s", strerror(-err));
		goto cleanup;
	}

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC) {
			observe_synced(skel->bss->counted, skel->bss->lost);
		} else if (event == OBSERVE_REPORT) {
			report_page();
			err = read_counts(skel->maps.counts, &calls);
		}
		if (err)
			goto cleanup;
	}

	write_count_bpf__detach(skel);
	observe_detached();
	err = read_counts(skel->maps.counts, &calls);
	if (!err)
		err = observe_totals(calls, skel->bss->counted, skel->bss->lost, skel->bss->error);
cleanup:
	write_count_bpf__destroy(skel);
	return observe_exit(err);
}
