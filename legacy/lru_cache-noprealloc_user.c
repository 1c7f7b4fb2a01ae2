// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-noprealloc_user.c - lru_cache_user.c with a HASH that refuses.
 *
 * Whether a program may safely make entries that are not there beforehand is
 * asked of BTF: the type of the allocator that made it so.  Trying would work on
 * older kernels too; they warn in their log, and may deadlock.
 */
#include "no_prealloc.h"

#define KERN		"lru_cache-noprealloc_kern.o"
#define PREPARE()	(need_no_prealloc(), lru_cache_refuses = true)
#define SLOTS		1
#define OF_WHAT		", in a HASH that refuses more"

#include "lru_cache_user.c"
