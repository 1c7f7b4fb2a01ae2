/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of file_opens: how often each process calls openat(2), and how
 * often each name is opened.
 *
 * Counted is each call that returns, also one that fails; open, creat, openat2
 * and whatever a 32-bit program calls are other calls.  A process has the comm
 * of its first open; one that gets the pid of a dead one is added to that.  Names
 * are as given, empty if they cannot be read, and equal if they are so in what
 * is kept of them.  Valid for BPF and for user space.
 */
#ifndef SAMPLES_FILE_OPENS_H
#define SAMPLES_FILE_OPENS_H

#define FILE_OPENS_COMM_LEN	16
#define FILE_OPENS_NAME_LEN	256	/* with its NUL; a longer name is cut */
#define FILE_OPENS_MAX_PROCESSES 8192	/* more are lost, and so for names */
#define FILE_OPENS_MAX_NAMES	8192
#define FILE_OPENS_MAX_STARTS	8192	/* calls under way at once; legacy only */

/* Of a process, or of a part of it: a CPU's, or a thread's. */
struct file_opens_process {
	__u64 opens;
	__u64 first;			/* ns, as bpf_ktime_get_ns() has them */
	__u64 last;
	char comm[FILE_OPENS_COMM_LEN];	/* at the first */
};

/* NUL padded: it is compared as a whole. */
struct file_opens_name {
	char name[FILE_OPENS_NAME_LEN];
} __attribute__((aligned(8)));

/* Counters: of each CPU on the legacy side, a global variable on the modern one. */
struct file_opens_stats {
	__u64 opens;
	__u64 unprocessed;	/* opens that the map of processes did not take */
	__u64 unnamed;		/* the same of names */
	__u64 unmatched;		/* calls that returned, and had no beginning here */
	__u64 dropped;		/* beginnings that the map of them did not take */
	__s64 process_error;	/* the -errno of the last that was unprocessed, */
	__s64 name_error;	/* unnamed, or EEXIST: other names had its hash, */
	__s64 start_error;	/* and dropped */
};

/* ---- legacy only: a name's hash as the key, and the name in the value ---- */

#define FILE_OPENS_WORDS	(FILE_OPENS_NAME_LEN / 8)
#define FILE_OPENS_SLOTS	4	/* keys that are tried when hashes collide */
#define FILE_OPENS_HASH		0xcbf29ce484222325ULL	/* of nothing */

struct file_opens_file {
	__u64 opens;
	__u64 collisions;	/* other names that came to this key first */
	struct file_opens_name name;
};

/* FNV-1a, eight bytes at a time.  Whoever wants to can make names collide. */
static inline __u64 file_opens_hash(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x100000001b3ULL;
	return hash ^ hash >> 32;
}

#endif
