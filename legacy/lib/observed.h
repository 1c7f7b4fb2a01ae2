/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observed.h - whom the programs of X_kern.c look at, as it was told before
 * .rodata: by maps.
 *
 * `observed` says how, `observed_cgroup` holds the cgroup as a descriptor that
 * the kernel resolved when user space stored it.  Later, a cgroup id in a
 * global constant does both (see modern/lib); the trap then is which helper
 * may be called where, the trap here is that an empty slot of the cgroup array
 * is -EAGAIN and not "no": only 1 is a yes.
 */
#ifndef LEGACY_LIB_OBSERVED_H
#define LEGACY_LIB_OBSERVED_H

/* The value of `observed`; user space fills it before it attaches. */
struct observed_config {
	__u32 by_cgroup;	/* tasks below observed_cgroup[0], else all but */
	__u32 self;		/* this process, the observer */
	__u32 compat_at;	/* what of task_struct marks a 32-bit call, */
	__u32 compat_bit;	/* for raw_syscalls.h */
};

#ifndef __bpf__

#include <stdio.h>
#include <sys/utsname.h>

/*
 * Where in task_struct it says that a call is a 32-bit one: in thread_info, its
 * first member.  Constants from the kernel's headers, right until they change.
 */
static inline void observed_compat(struct observed_config *config)
{
#if defined(__x86_64__)
	struct utsname name;
	int major, minor;

	/* status; since 5.11 there is another word before it */
	config->compat_at = !uname(&name) &&
			    sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
			    major * 1000 + minor < 5011 ? 8 : 16;
	config->compat_bit = 0x0002;		/* TS_COMPAT */
#elif defined(__aarch64__)
	config->compat_bit = 1 << 22;		/* TIF_32BIT, in flags */
#elif defined(__riscv)
	config->compat_bit = 1 << 11;		/* ditto */
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
