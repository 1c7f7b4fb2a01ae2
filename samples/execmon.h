/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of execmon: a record for every successful exec, and a count of
 * them per command name.
 *
 * An exec is reported when it reaches sched_process_exec.  So neither an exec that fails
 * nor the search along PATH makes a record.  The first EXECMON_MAX_COMMS names are counted
 * each; a last record has the number of execs of all other names together, if there are any.
 * Valid for BPF and for user space.
 */
#ifndef SAMPLES_EXECMON_H
#define SAMPLES_EXECMON_H

#define EXECMON_COMM_LEN	16
#define EXECMON_FILE_LEN	256	/* with its NUL; a longer name is cut */
#define EXECMON_MAX_COMMS	100	/* keys of the count; execs of more are `uncounted` */

struct execmon_event {
	__u32 pid;			/* the process (tgid), as ps says */
	__u32 ppid;			/* its parent process, ditto; not its tracer */
	__u32 uid;			/* the real one */
	__u32 pad;			/* always 0 */
	char comm[EXECMON_COMM_LEN];	/* after the exec */
	char file[EXECMON_FILE_LEN];	/* as given to execve(2); NUL padded */
};

struct execmon_key {
	char comm[EXECMON_COMM_LEN];
};

/* What the legacy side counts per CPU; the modern one has globals. */
struct execmon_stats {
	__u64 sent;		/* events that the buffer took */
	__u64 lost;		/* events that it did not */
	__u64 uncounted;	/* execs that the map of counts did not take */
	__s64 error;		/* the -errno of the last lost event */
	__s64 count_error;	/* the -errno of the last uncounted exec */
};

/* Legacy only: where these fields are in task_struct, from the kernel's BTF. */
struct execmon_config {
	__u32 real_parent;	/* offset in bytes */
	__u32 tgid;		/* offset in bytes */
};

#endif
