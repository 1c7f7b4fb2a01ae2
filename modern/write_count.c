// SPDX-License-Identifier: GPL-2.0
/*
 * write_count.c - reports the writes of each process, by a skeleton and a batch.
 *
 * bpf_map_lookup_batch() (Linux 5.6) reads a whole hash in one system call, where the
 * legacy side makes two for each entry.  The batch that reaches the end of the map
 * returns the error ENOENT, and may still have read entries.  As write_count-percpu.skel
 * it changes the map to a PERCPU_HASH before the load; a batch then returns for each
 * entry the values of all possible CPUs.
 * Its counterparts are legacy/write_count_user.c and write_count_raw.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "modern.h"
#include "write_count.skel.h"
#include "write_count_map.h"

int main(int argc, char **argv)
{
	struct write_count_bpf *skel = NULL;
	enum observe_event event;
	bool preempted;
	__u64 calls;
	char about[128];
	int err;

	snprintf(about, sizeof(about),
		 "Counts the write(2) calls and bytes of each process%s, by BTF tracepoint.",
		 observe_flavour("percpu") ? ", CPU by CPU" : "");
	observe_init(argc, argv, about);
	libbpf_set_print(modern_log);
	modern_needs_btf();

	skel = write_count_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.write_count, !preempted);
	bpf_program__set_autoload(skel->progs.write_count_perf, preempted);
	skel->rodata->write_nr = __NR_write;
	if (observe_flavour("percpu")) {
		bpf_map__set_type(skel->maps.counts, BPF_MAP_TYPE_PERCPU_HASH);
		skel->rodata->percpu = true;
		write_count_largest = true;
	}

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
			report_refresh();
			err = read_counts(skel->maps.counts, &calls);
		}
		if (err)
			goto cleanup;
	}

	write_count_bpf__detach(skel);
	observe_detached();
	err = read_counts(skel->maps.counts, &calls);
	if (!err)
		err = write_count_totals(calls, skel->bss->counted, skel->bss->lost,
					 skel->bss->error);
cleanup:
	write_count_bpf__destroy(skel);
	return observe_exit(err);
}
