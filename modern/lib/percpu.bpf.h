/* SPDX-License-Identifier: GPL-2.0 */
/*
 * percpu.bpf.h - adding up in a map that is shared, or has a value for each CPU.
 *
 * A flavour X-percpu is the program of its family: before the load, user space changes the
 * type of its maps and sets `percpu`, and the verifier drops the branch that is not used.
 * (lru_cache-percpu changes the type only, and its additions stay atomic.)
 */
#ifndef MODERN_LIB_PERCPU_BPF_H
#define MODERN_LIB_PERCPU_BPF_H

#include <bpf/bpf_helpers.h>

const volatile bool percpu;

/* Only this CPU writes to its value in a per-CPU map, so there += does not lose updates. */
static __always_inline void add_to(__u64 *sum, __u64 n)
{
	if (percpu)
		*sum += n;
	else
		__sync_fetch_and_add(sum, n);
}

#endif
