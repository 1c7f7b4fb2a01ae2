// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-percpu_raw.c - lru_cache_raw.c with a value for each CPU.
 *
 * An entry of an LRU_PERCPU_HASH brings the values of all possible CPUs; they
 * come and go together.
 */
#include "sys_bpf.h"

#define KERN		"lru_cache-percpu_kern.o"
#define PREPARE()	do { } while (0)
#define SLOTS		possible_cpus()
#define OF_WHAT		", CPU by CPU"

#include "lru_cache_raw.c"
