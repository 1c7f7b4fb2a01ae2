/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf_helpers.h - libbpf's, plus what 1.0 and 1.1 took out of it.
 */
#ifndef COMPAT_BPF_HELPERS_H
#define COMPAT_BPF_HELPERS_H

#include_next <bpf/bpf_helpers.h>

/* In bpf_helpers.h up to libbpf 1.0; newer ones may no longer define it. */
struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

#endif
