// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-global.c - reports the writes of each process from the program's global variables.
 *
 * The skeleton maps .bss into memory, so the array of the BPF program is an array here.
 * A report every second costs the observed tasks nothing: a map read by bpf(2) would
 * make perf tracepoints miss events on its CPU.  The program writes to this memory while
 * it is read: each number is right by itself, but the numbers of a row need not fit
 * together.
 * Its counterparts are modern/write_count.c and legacy/write_count_user.c.
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
#include "write_count-global.skel.h"

/* Shows all processes, and returns the sum of their calls. */
static __u64 read_counts(const struct write_count_global_bpf__bss *bss)
{
	for (unsigned int i = 0; i < WRITE_COUNT_MAX_PROCESSES; i++)
		if (bss->slots[i].pid)
			write_count_process(bss->slots[i].pid, &bss->slots[i].count, 1);
	return write_count_show();
}

int main(int argc, char **argv)
{
	struct write_count_global_bpf *skel = NULL;
	enum observe_event event;
	bool preempted;
	int err;

	observe_init(argc, argv, "Counts the write(2) calls and bytes of each process, in globals, by BTF tracepoint.");
	libbpf_set_print(modern_log);
	modern_needs_btf();
	if (!modern_has_cas())
		observe_skip("this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12)");
	write_count_largest = true;

	skel = write_count_global_bpf__open();
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

	err = write_count_global_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = write_count_global_bpf__attach(skel);
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
			read_counts(skel->bss);
		}
	}

	write_count_global_bpf__detach(skel);
	observe_detached();
	err = write_count_totals(read_counts(skel->bss), skel->bss->counted, skel->bss->lost,
				 skel->bss->error);
cleanup:
	write_count_global_bpf__destroy(skel);
	return observe_exit(err);
}
