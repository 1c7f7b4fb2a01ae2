/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libbpf_util.h - barriers for rings that are shared with the kernel.
 *
 * libbpf 0.x had inline assembly for each processor.  Now: fences of the compiler, as
 * here, or a load with acquire and a store with release semantics.
 */
#ifndef COMPAT_BPF_LIBBPF_UTIL_H
#define COMPAT_BPF_LIBBPF_UTIL_H

#include <stdbool.h>

#define libbpf_smp_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define libbpf_smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#define libbpf_smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
/* Does not move a store before an earlier load. */
#define libbpf_smp_rwmb()	__atomic_thread_fence(__ATOMIC_ACQ_REL)

#endif
