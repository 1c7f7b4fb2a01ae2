/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cas.bpf.h - a maximum that all CPUs share, by compare-and-swap (Linux 5.12).
 *
 * If another CPU has changed the value meanwhile, the swap is tried again, but only a
 * limited number of times: the verifier refuses a loop whose end it cannot see.  A
 * kernel without the instruction refuses the whole program, even if the instruction
 * would never be reached: see modern_has_cas() in cas.h.
 */
#ifndef MODERN_LIB_CAS_BPF_H
#define MODERN_LIB_CAS_BPF_H

#define CAS_TRIES	64

/* Returns 0, or -1 if other CPUs were faster each time. */
static __always_inline int shared_max(__u64 *max, __u64 value)
{
	for (int i = 0; i < CAS_TRIES; i++) {
		__u64 old = *(volatile __u64 *)max;

		/* A swap that fails has seen more than @old, as a maximum only grows. */
		if (old >= value || __sync_val_compare_and_swap(max, old, value) <= old)
			return 0;
	}
	return -1;
}

#endif
