// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache-percpu.c - lru_cache.c with a value for each CPU.
 *
 * A batch brings for each entry the values of all possible CPUs.
 */
#include <bpf/libbpf.h>

#include "lru_cache.h"
#include "lru_cache-percpu.skel.h"

#define lru_cache_bpf			lru_cache_percpu_bpf
#define lru_cache_bpf__open		lru_cache_percpu_bpf__open
#define lru_cache_bpf__load		lru_cache_percpu_bpf__load
#define lru_cache_bpf__attach		lru_cache_percpu_bpf__attach
#define lru_cache_bpf__detach		lru_cache_percpu_bpf__detach
#define lru_cache_bpf__destroy		lru_cache_percpu_bpf__destroy

#define PREPARE()	do { } while (0)
#define SLOTS		libbpf_num_possible_cpus()
#define OF_WHAT		", CPU by CPU"

#include "lru_cache.c"
