// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count.c - reports system calls by number, by a skeleton and in batches.
 *
 * bpf_map_lookup_batch() (Linux 5.6 for an ARRAY) reads a whole map in one system call
 * instead of one for each entry.  The end of the map is -ENOENT, which may come together
 * with entries: count says how many there are.  As syscall_count-percpu.skel it turns
 * the arrays into PERCPU_ARRAYs before the load.  For those the kernel has batches since
 * 5.13 only, so they are looked up one by one: a lookup returns the values of all
 * possible CPUs, and libbpf refuses a buffer of another size.
 * Its counterparts are legacy/syscall_count_user.c and syscall_count_raw.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "syscall_count.h"
#include "syscall_count_report.h"

#include "modern.h"
#include "syscall_count.skel.h"
#include "syscall_count_starts.h"

/*
 * Reads a whole array in the order of its keys, each with @slots values of @size bytes.
 * Returns 0, or -1 and errno.
 */
static int read_array(const struct bpf_map *map, void *values, size_t size, __u32 slots)
{
	static __u32 keys[SYSCALL_COUNT_SLOTS];
	__u32 count = SYSCALL_COUNT_SLOTS, next;

	if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY) {
		for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++)
			if (bpf_map__lookup_elem(map, &slot, sizeof(slot),
						 values + slot * slots * size, slots * size, 0))
				return -1;
		return 0;
	}
	if (bpf_map_lookup_batch(bpf_map__fd(map), NULL, &next, keys, values, &count, NULL) &&
	    errno != ENOENT)
		return -1;
	errno = EIO;
	return count == SYSCALL_COUNT_SLOTS ? 0 : -1;
}

static int read_maps(const struct syscall_count_bpf *skel)
{
	const __u32 slots = bpf_map__type(skel->maps.enters) == BPF_MAP_TYPE_PERCPU_ARRAY ?
			    libbpf_num_possible_cpus() : 1;
	const __u32 nr = SYSCALL_COUNT_SLOTS * slots;
	struct syscall_count_latency *latency = calloc(nr, sizeof(*latency));
	__u64 *enters = calloc(nr, sizeof(*enters));
	int err = latency && enters ? 0 : -1;

	if (!err)
		err = read_array(skel->maps.enters, enters, sizeof(*enters), slots);
	if (!err)
		err = read_array(skel->maps.latency, latency, sizeof(*latency), slots);
	if (err)
		observe_warn("cannot read the counts: %s", strerror(errno));
	for (__u32 i = 0; !err && i < nr; i++) {
		syscall_count_enters(i / slots, enters[i]);
		syscall_count_latency(i / slots, &latency[i]);
	}
	free(latency);
	free(enters);
	return err;
}

int main(int argc, char **argv)
{
	struct syscall_count_bpf *skel = NULL;
	enum observe_event event;
	bool preempted;
	bool percpu = observe_flavour("percpu");
	int err;

	observe_init(argc, argv, percpu ?
		     "Counts system calls, in per-CPU arrays, by BTF tracepoints." :
		     "Counts system calls, in shared arrays, by BTF tracepoints.");
	libbpf_set_print(modern_log);
	modern_needs_btf();

	skel = syscall_count_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.sys_enter, !preempted);
	bpf_program__set_autoload(skel->progs.sys_enter_perf, preempted);
	bpf_program__set_autoload(skel->progs.sys_exit, !preempted);
	bpf_program__set_autoload(skel->progs.sys_exit_perf, preempted);
	if (percpu) {
		bpf_map__set_type(skel->maps.enters, BPF_MAP_TYPE_PERCPU_ARRAY);
		bpf_map__set_type(skel->maps.latency, BPF_MAP_TYPE_PERCPU_ARRAY);
		skel->rodata->percpu = true;
	}

	err = syscall_count_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = store_own(skel->maps.starts);
	if (!err)
		err = syscall_count_bpf__attach(skel);
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
			syscall_count_report(percpu);
		} else if (event == OBSERVE_SYNC) {
			observe_synced(0, skel->bss->lost);
		}
	}

	syscall_count_bpf__detach(skel);
	observe_detached();
	err = read_maps(skel);
	if (!err)
		err = read_starts(skel->maps.starts);
	if (!err)
		err = syscall_count_end(percpu);
	if (!err)
		err = syscall_count_totals(skel->bss->lost, skel->bss->error);
cleanup:
	syscall_count_bpf__destroy(skel);
	return observe_exit(err);
}
