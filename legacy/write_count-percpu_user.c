// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-percpu_user.c - write_count_user.c with a value for each CPU.
 *
 * libbpf_num_possible_cpus() (0.0.4) is what each program had written for itself.
 * The trap: it is sysconf(_SC_NPROCESSORS_CONF) that is often taken instead, and
 * that may be fewer.
 */
#include <bpf/libbpf.h>

#define KERN		"write_count-percpu_kern.o"
#define PREPARE()	(write_count_largest = true)
#define SLOTS		libbpf_num_possible_cpus()
#define OF_WHAT		", CPU by CPU"

#include "write_count_user.c"
