/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf_helpers.h - libbpf's, plus what 1.1 took out of it.
 *
 * 1.0 still has struct bpf_map_def, marked deprecated: it is put out of the way.
 */
/* So that -pedantic does not warn about extensions in here. */
#pragma GCC system_header
#ifndef COMPAT_BPF_HELPERS_H
#define COMPAT_BPF_HELPERS_H

#define bpf_map_def bpf_map_def_of_1_0
#include_next <bpf/bpf_helpers.h>
#undef bpf_map_def

struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

#elif !defined(__BPF_HELPERS__)
/* Found once more on the way to libbpf's own, by -I of the directory above: see bpf.h. */
#include_next <bpf/bpf_helpers.h>
#endif
