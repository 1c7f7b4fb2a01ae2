/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of file_events: a record for every openat(2) that returns.
 *
 * Calls that fail make records, too.  open, creat, openat2 and the system calls of 32-bit
 * programs make none.  The name is what the pointer points to when the call returns; it
 * is empty if it cannot be read (EFAULT).  On the legacy side, a call whose enter was not seen
 * is lost: one that was under way at the start, or that a seccomp filter refused.  Valid for
 * BPF and for user space.
 */
#ifndef SAMPLES_FILE_EVENTS_H
#define SAMPLES_FILE_EVENTS_H

#define FILE_EVENTS_COMM_LEN	16
#define FILE_EVENTS_FILE_LEN	512	/* with its NUL; a longer name is cut */
#define FILE_EVENTS_MAX_STARTS	1024	/* calls under way at once; legacy only */

struct file_events_event {
	__u32 pid;			/* the process (tgid), as ps says */
	__u32 tid;			/* the thread */
	__u32 uid;			/* the real one */
	__u32 flags;			/* as given to openat(2) */
	__s64 result;			/* a descriptor, or -errno */
	char comm[FILE_EVENTS_COMM_LEN];
	char file[FILE_EVENTS_FILE_LEN];	/* as given to openat(2); NUL padded */
};

/* What the legacy side counts per CPU; the modern one has globals. */
struct file_events_stats {
	__u64 sent;		/* records that the buffer took */
	__u64 lost;		/* records that it did not */
	__u64 unmatched;		/* calls that returned, but whose enter was not seen */
	__u64 dropped;		/* enters that the map of starts did not take */
	__s64 error;		/* the -errno of the last lost record */
	__s64 start_error;	/* of the last dropped enter */
};

#endif
