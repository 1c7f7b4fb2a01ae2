/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of syscall_count: how many enters and exits each system call had, and how
 * long it took.
 *
 * An enter and an exit are a pair if they are of the same thread, with the same number,
 * and with no other enter or exit in between.  Enters and exits without a pair are
 * counted, too.  The two calls of the control protocol are shown but not compared: a
 * task that is held is inside one of them while variants are attached and detached.
 * Valid for BPF and for user space.
 */
#ifndef SAMPLES_SYSCALL_COUNT_H
#define SAMPLES_SYSCALL_COUNT_H

#include <asm/unistd.h>

#define SYSCALL_COUNT_NRS	512			/* 0 to 511 have a slot each */
#define SYSCALL_COUNT_OTHER	SYSCALL_COUNT_NRS	/* the slot of all others, as -1 */
#define SYSCALL_COUNT_SLOTS	(SYSCALL_COUNT_NRS + 1)
#define SYSCALL_COUNT_THREADS	4096	/* threads in a call at once; more are lost */

struct syscall_count_latency {
	__u64 exits;
	__u64 measured;		/* pairs */
	__u64 total_ns;
	/* Only some variants have these.  Both begin as 0, so the minimum is kept as ~min. */
	__u64 max_ns;
	__u64 not_min_ns;
};

/* The call in which a thread is, from its enter to its exit. */
struct syscall_count_start {
	__u64 ns;
	__s64 nr;
};

/* What the legacy side counts per CPU; the modern one has globals. */
struct syscall_count_stats {
	__u64 lost;		/* enters that the map did not take */
	__s64 error;		/* the -errno of the last lost enter */
};

static inline __attribute__((always_inline)) __u32 syscall_count_slot(int nr)
{
	return (__u32)nr < SYSCALL_COUNT_NRS ? (__u32)nr : SYSCALL_COUNT_OTHER;
}

/* exit and exit_group do not return, so no exit would remove their start from the map. */
static inline __attribute__((always_inline)) int syscall_count_returns(int nr)
{
	return nr != __NR_exit && nr != __NR_exit_group;
}

static inline __attribute__((always_inline)) int syscall_count_compared(int nr)
{
#ifdef __NR_socketcall	/* by which glibc makes both on s390 */
	if (nr == __NR_socketcall)
		return 0;
#endif
	return nr != __NR_sendto && nr != __NR_recvfrom;
}

#endif
