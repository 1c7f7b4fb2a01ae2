// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count-global.c - reports system calls by number from global arrays, by a skeleton.
 *
 * skel->bss is the memory in which the programs count, so reading the counts takes no
 * system call.  main() tries whether the kernel has compare-and-swap; without it there
 * is no minimum and no maximum.  The programs still count while a live report is made,
 * so its numbers need not add up.
 * Its counterpart is syscall_count.c, which reads maps.
 */
#include <string.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "syscall_count.h"
#include "syscall_count_report.h"

#include "cas.h"
#include "modern.h"
#include "syscall_count-global.skel.h"
#include "syscall_count_starts.h"

static void read_globals(const struct syscall_count_global_bpf *skel)
{
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		syscall_count_enters(slot, skel->bss->enters[slot]);
		syscall_count_latency(slot, &skel->bss->latency[slot]);
	}
}

int main(int argc, char **argv)
{
	struct syscall_count_global_bpf *skel = NULL;
	enum observe_event event;
	bool cas, preempted;
	int err;

	observe_init(argc, argv, "Counts system calls, in global arrays, by BTF tracepoints.");
	libbpf_set_print(modern_log);
	modern_needs_btf();

	skel = syscall_count_global_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	cas = modern_has_cas();
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.sys_enter, !preempted);
	bpf_program__set_autoload(skel->progs.sys_enter_perf, preempted);
	bpf_program__set_autoload(skel->progs.sys_exit, !preempted && !cas);
	bpf_program__set_autoload(skel->progs.sys_exit_perf, preempted && !cas);
	bpf_program__set_autoload(skel->progs.sys_exit_cas, !preempted && cas);
	bpf_program__set_autoload(skel->progs.sys_exit_cas_perf, preempted && cas);
	if (!cas)
		report_note("No minimum and maximum: this kernel refuses compare-and-swap (Linux 5.12).");

	err = syscall_count_global_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = store_own(skel->maps.starts);
	if (!err)
		err = syscall_count_global_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_enter and sys_exit: %s", strerror(-err));
		goto cleanup;
	}

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_REPORT) {
			read_globals(skel);
			syscall_count_report(cas);
		} else if (event == OBSERVE_SYNC) {
			observe_synced(0, skel->bss->lost);
		}
	}

	syscall_count_global_bpf__detach(skel);
	observe_detached();
	read_globals(skel);
	err = read_starts(skel->maps.starts);
	if (!err)
		err = syscall_count_end(cas);
	if (!err)
		err = syscall_count_totals(skel->bss->lost, skel->bss->error);
cleanup:
	syscall_count_global_bpf__destroy(skel);
	return observe_exit(err);
}
