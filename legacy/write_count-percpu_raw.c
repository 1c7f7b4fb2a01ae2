// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-percpu_raw.c - write_count_raw.c with a value for each CPU.
 *
 * A lookup in a per-CPU map gives one value for each CPU that is *possible*, each
 * rounded up to 8 bytes.  The trap: the number of CPUs that are online is
 * smaller on some machines, and the kernel then writes beyond the buffer.
 */
#include "sys_bpf.h"

#define KERN		"write_count-percpu_kern.o"
#define PREPARE()	(write_count_largest = true)
#define SLOTS		possible_cpus()
#define OF_WHAT		", CPU by CPU"

#include "write_count_raw.c"
