/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of write_count: how often each process called write(2), and how many
 * bytes it wrote with these calls.
 *
 * A call is counted when it returns: only then it is known how many bytes were written,
 * which may be fewer than were given.  A call that fails counts as a call and adds no
 * bytes.  writev, pwrite and the system calls of 32-bit programs are not counted.
 * Valid for BPF and for user space.
 */
#ifndef SAMPLES_WRITE_COUNT_H
#define SAMPLES_WRITE_COUNT_H

#define WRITE_COUNT_COMM_LEN		16
#define WRITE_COUNT_MAX_PROCESSES	4096	/* the calls of more are lost */

/* The key is the process (tgid), as ps says: a __u32. */
struct write_count {
	__u64 calls;
	__u64 bytes;
	__u64 largest;	/* most bytes of one call; only in variants that can get it right */
	/* The comm at the first call that was seen; it is not in the records. */
	char comm[WRITE_COUNT_COMM_LEN];
};

/* What the legacy side counts per CPU; the modern one has globals. */
struct write_count_stats {
	__u64 counted;		/* calls that are in the counts */
	__u64 lost;		/* calls that are not */
	__s64 error;		/* the -errno of the last lost call */
};

#endif
