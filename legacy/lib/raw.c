// SPDX-License-Identifier: GPL-2.0
/* raw.c - what variants at the raw stage do with their maps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "observe.h"

#include "observed.h"
#include "raw.h"
#include "sys_bpf.h"

int raw_observe(int observed_fd, int observed_cgroup_fd)
{
	struct observed_config config = {
		.by_cgroup = observe.by_cgroup,
		.self = observe.pid,
	};
	__u32 zero = 0;

	observed_compat(&config);
	if (sys_map_update(observed_fd, &zero, &config, BPF_ANY)) {
		observe_warn("cannot set which tasks to observe: %s", strerror(errno));
		return -1;
	}
	/* The value is a descriptor; the kernel stores the cgroup that it refers to. */
	if (observe.by_cgroup &&
	    sys_map_update(observed_cgroup_fd, &zero, &observe.cgroup_fd, BPF_ANY)) {
		observe_warn("cannot set which cgroup to observe: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int raw_stats(int stats_fd, void *sums, size_t size)
{
	size_t cnt = size / sizeof(__u64), cpus;
	__u64 *sum = sums, *values;
	__u32 zero = 0;
	int err;

	memset(sums, 0, size);
	cpus = possible_cpus();
	values = calloc(cpus * cnt, sizeof(__u64));
	err = values ? sys_map_lookup(stats_fd, &zero, values) : -1;
	if (err)
		observe_warn("cannot read the counters: %s", strerror(errno));
	for (size_t i = 0; !err && i < cpus * cnt; i++)
		sum[i % cnt] = (__s64)values[i] < 0 ? values[i] : sum[i % cnt] + values[i];
	free(values);
	return err;
}
