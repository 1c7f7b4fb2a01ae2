/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libbpf_util.h - barriers for rings that are shared with the kernel.
 *
 * Instructions by hand for each processor, then.  Now: those of the compiler, as
 * here, or a load that acquires and a store that releases.
 */
#ifndef COMPAT_BPF_LIBBPF_UTIL_H
#define COMPAT_BPF_LIBBPF_UTIL_H

#include <stdbool.h>

#define libbpf_smp_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define libbpf_smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#define libbpf_smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
/* No store before an older load. */
#define libbpf_smp_rwmb()	__atomic_thread_fence(__ATOMIC_ACQ_REL)

#endif
