/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cas.bpf.h - a maximum that all CPUs share, by compare-and-swap (Linux 5.12).
 *
 * Somebody else may have written in between; then it is tried again, but not for
 * ever: the verifier refuses a loop of which it cannot see the end.  A kernel
 * without the instruction refuses the whole program, even if it never gets
 * there: see modern_has_cas() in cas.h.
 */
#ifndef MODERN_LIB_CAS_BPF_H
#define MODERN_LIB_CAS_BPF_H

#define CAS_TRIES	64
#define EBUSY		16	/* for who has lost something by that */

/* 0, or -1 if others were faster each time. */
static __always_inline int shared_max(__u64 *max, __u64 value)
{
	__u64 old = *(volatile __u64 *)max, seen;

	for (int i = 0; i < CAS_TRIES; i++) {
		if (old >= value)
			return 0;
		seen = __sync_val_compare_and_swap(max, old, value);
		if (seen == old)
			return 0;
		old = seen;
	}
	return -1;
}

#endif
