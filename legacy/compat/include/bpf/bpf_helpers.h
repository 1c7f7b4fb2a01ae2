/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf_helpers.h - libbpf's header, plus struct bpf_map_def, which 1.1 removed.
 *
 * 1.0 still has the struct, but marks it as deprecated: here it gets another name.
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
/* This file was found once more on the way to libbpf's: see bpf.h. */
#include_next <bpf/bpf_helpers.h>
#endif
