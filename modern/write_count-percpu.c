// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-percpu.c - write_count.c with a value for each CPU.
 *
 * A batch works for per-CPU maps as well (5.6): each entry brings as many values
 * as CPUs are possible.  The trap: a buffer for those that are online is too
 * small on some machines, and nobody says so.
 */
#include <bpf/libbpf.h>

#include "write_count-percpu.skel.h"

#define write_count_bpf			write_count_percpu_bpf
#define write_count_bpf__open		write_count_percpu_bpf__open
#define write_count_bpf__load		write_count_percpu_bpf__load
#define write_count_bpf__attach		write_count_percpu_bpf__attach
#define write_count_bpf__detach		write_count_percpu_bpf__detach
#define write_count_bpf__destroy	write_count_percpu_bpf__destroy
#define PREPARE()	(write_count_largest = true)
#define SLOTS		libbpf_num_possible_cpus()
#define OF_WHAT		", CPU by CPU"

#include "write_count.c"
