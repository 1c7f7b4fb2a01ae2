/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of exitmon: a record for every task that ends.
 *
 * Each process and each of its threads makes a record, however it ends.  Valid for BPF
 * and for user space.
 */
#ifndef SAMPLES_EXITMON_H
#define SAMPLES_EXITMON_H

#define EXITMON_COMM_LEN	16

struct exitmon_event {
	__u32 pid;			/* the process (tgid), as ps says */
	__u32 tid;			/* the thread; the first one has tid == pid */
	char comm[EXITMON_COMM_LEN];	/* of the thread */
};

/* What the legacy side counts per CPU; the modern one has globals. */
struct exitmon_stats {
	__u64 sent;		/* records that the buffer took */
	__u64 lost;		/* records that it did not */
	__s64 error;		/* the -errno of the last lost record */
};

#endif
