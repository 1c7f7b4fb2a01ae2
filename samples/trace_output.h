/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of trace_output: a record for every write(2) system call.
 *
 * Every call that enters write(2) makes a record, also one that then fails.  writev,
 * pwrite and 32-bit writes make none; but on arm64 a 32-bit write runs the same function, and
 * makes one.  Valid for BPF and for user space.
 */
#ifndef SAMPLES_TRACE_OUTPUT_H
#define SAMPLES_TRACE_OUTPUT_H

/* It shows that all bytes of a record arrive, so that none of them is 0. */
#define TRACE_OUTPUT_COOKIE	0x123456789abcdef0ULL

struct trace_output_event {
	__u64 pid_tgid;		/* tgid in the upper half, thread id below */
	__u64 cookie;		/* TRACE_OUTPUT_COOKIE */
};

/* What the legacy side counts per CPU; the modern one has globals. */
struct trace_output_stats {
	__u64 sent;		/* records that the buffer took */
	__u64 lost;		/* records that it did not */
	__s64 error;		/* the -errno of the last lost record */
};

#endif
