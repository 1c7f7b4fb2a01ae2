// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-cas.c - write_count with the largest write, by a skeleton.
 *
 * A kernel without compare-and-swap refuses the program with an error that does not say
 * why, so main() probes for the instruction first (lib/cas.h).  The counts are read as in
 * write_count.c, by bpf_map_lookup_batch() in lib/write_count_map.h.
 * Its counterparts are legacy/write_count_user.c and write_count_raw.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "cas.h"
#include "modern.h"
#include "write_count-cas.skel.h"
#include "write_count_map.h"

int main(int argc, char **argv)
{
	struct write_count_cas_bpf *skel = NULL;
	enum observe_event event;
	bool preempted;
	__u64 calls;
	int err;

	observe_init(argc, argv, "Counts the write(2) calls and bytes of each process, and the largest, by BTF tracepoint.");
	libbpf_set_print(modern_log);
	modern_needs_btf();
	if (!modern_has_cas())
		observe_skip("this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12)");
	write_count_largest = true;

	skel = write_count_cas_bpf__open();
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

	err = write_count_cas_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = write_count_cas_bpf__attach(skel);
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

	write_count_cas_bpf__detach(skel);
	observe_detached();
	err = read_counts(skel->maps.counts, &calls);
	if (!err)
		err = write_count_totals(calls, skel->bss->counted, skel->bss->lost,
					 skel->bss->error);
cleanup:
	write_count_cas_bpf__destroy(skel);
	return observe_exit(err);
}
