/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observed.h - decides whether an event is observed, by two maps, as before there was .rodata.
 *
 * `observed` says what is observed, and `observed_cgroup` holds the cgroup: user space
 * stores a descriptor, and the kernel finds the cgroup that it refers to.  Today a
 * cgroup id in a global constant is enough (see modern/lib/observed.bpf.h).
 * bpf_current_task_under_cgroup() returns -EAGAIN, and not 0, if the slot of the array
 * is empty, so only 1 means yes.
 */
#ifndef LEGACY_LIB_OBSERVED_H
#define LEGACY_LIB_OBSERVED_H

/* The value of `observed`; user space fills it before it attaches. */
struct observed_config {
	__u32 by_cgroup;	/* 1: tasks below observed_cgroup[0]; 0: all tasks but self */
	__u32 self;		/* pid of the observer */
	__u32 compat_at;	/* for raw_syscalls.h: the offset in task_struct */
	__u32 compat_bit;	/* of the bit that marks a 32-bit call */
};

#ifndef __bpf__

#include <stdio.h>
#include <sys/utsname.h>

/* The version of the running kernel, as 6018 for 6.18; 0 if its name does not say it. */
static inline int observed_kernel(void)
{
	struct utsname name;
	int major, minor;

	return !uname(&name) && sscanf(name.release, "%d.%d", &major, &minor) == 2 ?
	       major * 1000 + minor : 0;
}

/*
 * Sets where task_struct says that a call is a 32-bit one: in thread_info, its first member.
 * These are constants from the kernel's headers, so they are wrong if those change, as they
 * did: the generic numbers of these bits came in 6.18.
 */
static inline void observed_compat(struct observed_config *config)
{
	const int kernel = observed_kernel();

#if defined(__x86_64__)
	config->compat_at = kernel < 5011 ? 8 : 16;	/* status */
	config->compat_bit = 0x0002;			/* TS_COMPAT */
#elif defined(__aarch64__)
	(void)kernel;
	config->compat_at = 0;				/* flags */
	config->compat_bit = 1 << 22;			/* TIF_32BIT */
#elif defined(__s390x__)
	config->compat_at = 4;				/* the low half of flags */
	config->compat_bit = kernel < 6018 ? 1 << 16 :	/* TIF_31BIT */
			     kernel < 6019 ? 1 << 20 : 0;	/* there are no such calls */
#elif defined(__riscv)
	config->compat_at = 0;				/* flags */
	config->compat_bit = kernel < 6018 ? 1 << 11 : 1 << 16;	/* TIF_32BIT */
#else
#error "observed_compat() does not know how this architecture marks a 32-bit call"
#endif
}

#else

struct bpf_map_def SEC("maps") observed = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct observed_config),
	.max_entries = 1,
};

struct bpf_map_def SEC("maps") observed_cgroup = {
	.type = BPF_MAP_TYPE_CGROUP_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 1,
};

static __always_inline int is_observed(void)
{
	struct observed_config *config;
	__u32 zero = 0;

	config = bpf_map_lookup_elem(&observed, &zero);
	if (!config)
		return 0;
	if (config->by_cgroup)
		return bpf_current_task_under_cgroup(&observed_cgroup, 0) == 1;
	return bpf_get_current_pid_tgid() >> 32 != config->self;
}

#endif /* __bpf__ */

#endif
