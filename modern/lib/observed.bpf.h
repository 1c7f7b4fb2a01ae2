/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observed.bpf.h - decides whether an event is observed, by a cgroup id in .rodata.
 *
 * User space writes the constants before the load, and the verifier drops the branches
 * that they make unreachable.  The kernel has had bpf_get_current_ancestor_cgroup_id()
 * for all tracing programs since 5.14; on kernels without it, CO-RE walks task->cgroups.
 * libbpf cannot tell whether the helper may be called, as it probes no helper for
 * tracing programs.  So the program tests for a field of struct cgroup that is new in
 * 6.1, where the helper is there for sure.
 * Its counterpart is legacy/lib/observed.h.
 */
#ifndef MODERN_LIB_OBSERVED_BPF_H
#define MODERN_LIB_OBSERVED_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

const volatile __u64 observed_cgroup;	/* 0: all processes but observed_self */
const volatile int observed_level;
const volatile __u32 observed_self;	/* the observer's own tgid */

/* Since 6.1: an array of pointers to the ancestors, which hold the ids. */
struct cgroup___ancestors {
	struct cgroup *ancestors[0];
} __attribute__((preserve_access_index));

/* Before 6.1: an array of the ids themselves. */
struct cgroup___ancestor_ids {
	u64 ancestor_ids[0];
} __attribute__((preserve_access_index));

/* Before 6.1: walks to the ids. */
static __always_inline __u64 observed_ancestor_by_walk(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct cgroup *cgrp = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct cgroup___ancestor_ids *ids = (void *)cgrp;
	u64 id;

	if (BPF_CORE_READ(cgrp, level) < observed_level)
		return 0;
	bpf_core_read(&id, sizeof(id), &ids->ancestor_ids[observed_level]);
	return id;
}

/* The id of the ancestor at observed_level of this task's cgroup (or of itself); 0 if none. */
static __always_inline __u64 observed_ancestor(void)
{
	if (bpf_core_field_exists(struct cgroup___ancestors, ancestors))
		return bpf_get_current_ancestor_cgroup_id(observed_level);
	return observed_ancestor_by_walk();
}

static __always_inline bool is_observed(void)
{
	if (observed_cgroup)
		return observed_ancestor() == observed_cgroup;
	return bpf_get_current_pid_tgid() >> 32 != observed_self;
}

#endif
