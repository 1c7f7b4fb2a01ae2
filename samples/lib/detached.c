// SPDX-License-Identifier: GPL-2.0
/*
 * detached.c - waits until programs that were running when they were detached have
 * ended.  Detaching a raw tracepoint does not wait for them, and the records that such
 * a program sends or counts afterwards would be missing.
 *
 * A program runs in an RCU read-side critical section, so this waits for a grace period.
 * membarrier(2) does that, but with one CPU online it returns at once, although a program
 * that is preempted there may still be unfinished; and on a kernel with nohz_full it fails
 * with EINVAL.  bpf(2) waits for a grace period when a map in a map is replaced, so that
 * user space can free what programs have used until then (Linux 4.20;
 * maybe_wait_bpf_programs() in the kernel).
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "observe.h"
#include "permission.h"

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* Replaces a map in a map.  Returns 0, or -1 and errno. */
static int replace(__u32 *inner, __u32 *outer)
{
	union bpf_attr map, change;
	__u32 zero = 0;

	memset(&map, 0, sizeof(map));
	map.map_type = BPF_MAP_TYPE_ARRAY;
	map.key_size = sizeof(zero);
	map.value_size = sizeof(zero);
	map.max_entries = 1;
	*inner = bpf(BPF_MAP_CREATE, &map);
	if ((int)*inner < 0)
		return -1;
	map.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
	map.inner_map_fd = *inner;
	*outer = bpf(BPF_MAP_CREATE, &map);
	if ((int)*outer < 0)
		return -1;

	memset(&change, 0, sizeof(change));
	change.map_fd = *outer;
	change.key = (unsigned long)&zero;
	change.value = (unsigned long)inner;
	return bpf(BPF_MAP_UPDATE_ELEM, &change);
}

/*
 * Before 5.11 maps are charged to RLIMIT_MEMLOCK.  The stages bpftool have made no map in this
 * process, so nothing has raised its limit, and the maps of all variants count.
 */
void observe_detached(void)
{
	__u32 inner = -1, outer = -1;
	struct rlimit old;

	permission_raise_memlock(&old);
	if (replace(&inner, &outer))
		observe_warn("cannot wait for programs that still run: %s; the last numbers may be too low",
			     strerror(errno));
	setrlimit(RLIMIT_MEMLOCK, &old);
	if ((int)outer >= 0)
		close(outer);
	if ((int)inner >= 0)
		close(inner);
}
