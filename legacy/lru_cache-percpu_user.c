// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-percpu_user.c - lru_cache_user.c with a value for each CPU.
 *
 * An entry of an LRU_PERCPU_HASH brings the values of all possible CPUs; they
 * come and go together.
 */
#include <bpf/libbpf.h>

#define KERN		"lru_cache-percpu_kern.o"
#define PREPARE()	do { } while (0)
#define SLOTS		libbpf_num_possible_cpus()
#define OF_WHAT		", CPU by CPU"

#include "lru_cache_user.c"
