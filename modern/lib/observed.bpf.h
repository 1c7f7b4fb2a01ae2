/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observed.bpf.h - whose events count, now: a cgroup id in .rodata.
 *
 * User space writes the constants before the load; the verifier then drops the
 * branches that cannot be taken.  Tracing programs may ask the kernel for the
 * ancestor's id since 5.14; before that CO-RE walks task->cgroups itself,
 * by whichever name the array of ancestors has in this kernel.
 * Its counterpart is legacy/lib/observed.h.
 */
#ifndef MODERN_LIB_OBSERVED_BPF_H
#define MODERN_LIB_OBSERVED_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

const volatile __u64 observed_cgroup;	/* 0: everybody but observed_self */
const volatile int observed_level;
const volatile __u32 observed_self;	/* the observer's own tgid */
const volatile bool observed_helper;	/* the helper may be called */

/* As of 6.1: ids below a flexible array of pointers. */
struct cgroup___ancestors {
	struct cgroup *ancestors[0];
} __attribute__((preserve_access_index));

/* Before: the ids themselves. */
struct cgroup___ancestor_ids {
	u64 ancestor_ids[0];
} __attribute__((preserve_access_index));

static __always_inline __u64 observed_ancestor(void)
{
	struct task_struct *task;
	struct cgroup *cgrp;

	if (observed_helper)
		return bpf_get_current_ancestor_cgroup_id(observed_level);

	task = (struct task_struct *)bpf_get_current_task();
	cgrp = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	if (BPF_CORE_READ(cgrp, level) < observed_level)
		return 0;
	if (bpf_core_field_exists(struct cgroup___ancestors, ancestors)) {
		struct cgroup___ancestors *c = (void *)cgrp;
		struct cgroup *ancestor = NULL;

		bpf_core_read(&ancestor, sizeof(ancestor), &c->ancestors[observed_level]);
		return BPF_CORE_READ(ancestor, kn, id);
	} else {
		struct cgroup___ancestor_ids *c = (void *)cgrp;
		u64 id = 0;

		bpf_core_read(&id, sizeof(id), &c->ancestor_ids[observed_level]);
		return id;
	}
}

static __always_inline bool is_observed(void)
{
	if (observed_cgroup)
		return observed_ancestor() == observed_cgroup;
	return bpf_get_current_pid_tgid() >> 32 != observed_self;
}

#endif
