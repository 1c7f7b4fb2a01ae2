/* SPDX-License-Identifier: GPL-2.0 */
/*
 * execmon_user.h - takes the records, fills the map "config" and reads the counts, for
 * execmon_user.c and execmon-xattr_user.c.
 */
#ifndef LEGACY_LIB_EXECMON_USER_H
#define LEGACY_LIB_EXECMON_USER_H

#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "execmon.h"
#include "execmon_report.h"

#include "btf_find.h"
#include "user.h"

/* A record in the ring need not be aligned for a __u64, so it is copied. */
static inline void handle_event(void *ctx, int cpu, void *data, __u32 size)
{
	struct execmon_event event;

	(void)ctx;
	(void)cpu;
	if (size < sizeof(event))
		return;
	memcpy(&event, data, sizeof(event));
	execmon_event(&event);
}

/* Passes to the program what CO-RE would put into its instructions. */
static inline int configure(struct bpf_object *obj)
{
	struct btf_types *btf = btf_need_kernel();
	struct execmon_config config = {
		.real_parent = btf_need(btf, "task_struct", "real_parent"),
		.tgid = btf_need(btf, "task_struct", "tgid"),
	};
	__u32 zero = 0;

	btf_close(btf);
	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "config"),
				&zero, &config, BPF_ANY)) {
		observe_warn("cannot fill the map config: %s", strerror(errno));
		return -1;
	}
	return user_observe(obj);
}

/* Returns 0, or -1 after a warning. */
static inline int read_counts(int counts)
{
	struct execmon_key key, *prev = NULL;
	__u64 execs;

	while (!bpf_map_get_next_key(counts, prev, &key)) {
		if (bpf_map_lookup_elem(counts, &key, &execs))
			break;
		execmon_count(&key, execs);
		prev = &key;
	}
	if (errno != ENOENT) {
		observe_warn("cannot read the counts: %s", strerror(errno));
		return -1;
	}
	execmon_counts();
	return 0;
}

#endif
