/* SPDX-License-Identifier: GPL-2.0 */
/*
 * no_prealloc.h - skips a variant that creates entries of a BPF_F_NO_PREALLOC map in a tracing
 * program, if the kernel has no allocator for that (before 6.1).
 *
 * Such a kernel loads the program, warns in its log, and may deadlock.  So this does not
 * try it, but looks for the allocator in BTF.
 */
#ifndef LEGACY_LIB_NO_PREALLOC_H
#define LEGACY_LIB_NO_PREALLOC_H

#include "btf_find.h"
#include "observe.h"

static inline void need_no_prealloc(void)
{
	struct btf_types *btf = btf_need_kernel();
	int found = btf_find(btf, "bpf_mem_alloc", "caches");

	btf_close(btf);
	if (found < 0)
		observe_skip("no struct bpf_mem_alloc in this kernel's BTF (Linux 6.1): BPF_F_NO_PREALLOC in a tracing program may deadlock");
}

#endif
