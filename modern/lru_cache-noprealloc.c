// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-noprealloc.c - lru_cache.c with a HASH that refuses.
 *
 * Whether a program may safely make entries that are not there beforehand is
 * asked of BTF: the type of the allocator that made it so (6.1).  Older kernels
 * take a tp_btf program that does, without a word, and may deadlock.
 */
#include <bpf/btf.h>

#include "modern.h"
#include "observe.h"

static void need_no_prealloc(void)
{
	struct btf *btf = modern_btf();
	int found;

	found = btf__find_by_name_kind(btf, "bpf_mem_alloc", BTF_KIND_STRUCT);
	btf__free(btf);
	if (found < 0)
		observe_skip("no struct bpf_mem_alloc in this kernel's BTF (Linux 6.1): BPF_F_NO_PREALLOC in a tracing program may deadlock");
}

#include "lru_cache.h"
#include "lru_cache-noprealloc.skel.h"

#define lru_cache_bpf			lru_cache_noprealloc_bpf
#define lru_cache_bpf__open		lru_cache_noprealloc_bpf__open
#define lru_cache_bpf__load		lru_cache_noprealloc_bpf__load
#define lru_cache_bpf__attach		lru_cache_noprealloc_bpf__attach
#define lru_cache_bpf__detach		lru_cache_noprealloc_bpf__detach
#define lru_cache_bpf__destroy		lru_cache_noprealloc_bpf__destroy

#define PREPARE()	(need_no_prealloc(), lru_cache_refuses = true)
#define SLOTS		1
#define OF_WHAT		", in a HASH that refuses more"

#include "lru_cache.c"
