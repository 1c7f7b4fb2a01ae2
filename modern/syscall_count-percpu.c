// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count-percpu.c - system calls by number from per-CPU arrays, through a
 * skeleton.
 *
 * A lookup gives the values of all possible CPUs; libbpf has the size of the
 * buffer told, and refuses a wrong one.  (Batches know per-CPU arrays since
 * 5.13.)  The trap: the CPUs that are online may be fewer, and were perhaps more.
 * Its counterparts are legacy/syscall_count-percpu_user.c and _raw.c.
 */
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "syscall_count.h"
#include "syscall_count_report.h"

#include "modern.h"
#include "syscall_count-percpu.skel.h"

static int read_maps(const struct syscall_count_percpu_bpf *skel)
{
	int cpus = libbpf_num_possible_cpus(), err = -1;
	struct syscall_count_latency *latency = calloc(cpus > 0 ? cpus : 1, sizeof(*latency));
	__u64 *enters = calloc(cpus > 0 ? cpus : 1, sizeof(*enters));

	if (cpus < 0 || !latency || !enters)
		goto cleanup;
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		if (bpf_map__lookup_elem(skel->maps.enters, &slot, sizeof(slot),
					 enters, cpus * sizeof(*enters), 0) ||
		    bpf_map__lookup_elem(skel->maps.latency, &slot, sizeof(slot),
					 latency, cpus * sizeof(*latency), 0))
			goto cleanup;
		for (int cpu = 0; cpu < cpus; cpu++) {
			syscall_count_enters(slot, enters[cpu]);
			syscall_count_latency(slot, &latency[cpu]);
		}
	}
	err = 0;
cleanup:
	if (err)
		observe_warn("cannot read the counts: %s", strerror(errno));
	free(latency);
	free(enters);
	return err;
}

int main(int argc, char **argv)
{
	struct syscall_count_percpu_bpf *skel = NULL;
	enum observe_event event;
	int err;

	observe_init(argc, argv, "Counts system calls, in per-CPU arrays, by BTF tracepoints.");
	modern_init();

	skel = syscall_count_percpu_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	modern_observe(skel, BPF_PROG_TYPE_TRACING);

	err = syscall_count_percpu_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = syscall_count_percpu_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_enter and sys_exit: %s", strerror(-err));
		goto cleanup;
	}

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_REPORT) {
			err = read_maps(skel);
			if (err)
				goto cleanup;
			syscall_count_report(true);
		} else if (event == OBSERVE_SYNC) {
			observe_synced(0, skel->bss->lost);
		}
	}

	syscall_count_percpu_bpf__detach(skel);
	observe_detached();
	err = read_maps(skel);
	if (!err)
		err = syscall_count_end(true);
	if (!err)
		err = observe_totals(syscall_count_events(), syscall_count_events(),
				     skel->bss->lost, skel->bss->error);
cleanup:
	syscall_count_percpu_bpf__destroy(skel);
	return observe_exit(err);
}
