// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count.c - system calls by number, through a skeleton and in batches.
 *
 * bpf_map_lookup_batch() (5.6 for an ARRAY) reads a whole map by one system call
 * instead of one for each entry.  The trap: the end is -ENOENT, and may come with
 * entries; count is then how many there are.
 * Its counterparts are legacy/syscall_count_user.c and _raw.c.
 */
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "syscall_count.h"
#include "syscall_count_report.h"

#include "modern.h"
#include "syscall_count.skel.h"

/* The whole of an array, in the order of its keys: 0, or -1 and errno. */
static int read_array(const struct bpf_map *map, void *values)
{
	static __u32 keys[SYSCALL_COUNT_SLOTS];
	__u32 count = SYSCALL_COUNT_SLOTS, next;

	if (bpf_map_lookup_batch(bpf_map__fd(map), NULL, &next, keys, values, &count, NULL) &&
	    errno != ENOENT)
		return -1;
	errno = EIO;
	return count == SYSCALL_COUNT_SLOTS ? 0 : -1;
}

static int read_maps(const struct syscall_count_bpf *skel)
{
	static struct syscall_count_latency latency[SYSCALL_COUNT_SLOTS];
	static __u64 enters[SYSCALL_COUNT_SLOTS];

	if (read_array(skel->maps.enters, enters) || read_array(skel->maps.latency, latency)) {
		observe_warn("cannot read the counts: %s", strerror(errno));
		return -1;
	}
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		syscall_count_enters(slot, enters[slot]);
		syscall_count_latency(slot, &latency[slot]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct syscall_count_bpf *skel = NULL;
	enum observe_event event;
	int err;

	observe_init(argc, argv, "Counts system calls, in shared arrays, by BTF tracepoints.");
	modern_init();

	skel = syscall_count_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	modern_observe(skel, BPF_PROG_TYPE_TRACING);

	err = syscall_count_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
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
			syscall_count_report(false);
		} else if (event == OBSERVE_SYNC) {
			observe_synced(0, skel->bss->lost);
		}
	}

	syscall_count_bpf__detach(skel);
	observe_detached();
	err = read_maps(skel);
	if (!err)
		err = syscall_count_end(false);
	if (!err)
		err = observe_totals(syscall_count_events(), syscall_count_events(),
				     skel->bss->lost, skel->bss->error);
cleanup:
	syscall_count_bpf__destroy(skel);
	return observe_exit(err);
}
