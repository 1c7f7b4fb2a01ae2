/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of file_opens: how often each process calls openat(2), and how
 * often each name is opened.
 *
 * Each call that returns is counted, also one that fails.  open, creat, openat2 and the
 * system calls of 32-bit programs are not counted.  A process has the comm of its first
 * open.  A process that gets the pid of a dead one is added to that one.  Names are as
 * given, and empty if they cannot be read; names that are equal after they are cut are
 * counted as one.
 *
 * What is not counted is lost: an open for whose process or name a full map has no room, and on
 * the legacy side also a name whose keys belong to other names, and a call whose enter was not
 * seen (one that was under way at the start, or that a seccomp filter refused).  Valid for BPF
 * and for user space.
 */
#ifndef SAMPLES_FILE_OPENS_H
#define SAMPLES_FILE_OPENS_H

#define FILE_OPENS_COMM_LEN	16
#define FILE_OPENS_NAME_LEN	256	/* with its NUL; a longer name is cut */
#define FILE_OPENS_MAX_PROCESSES 2048	/* more are lost; the same for names */
#define FILE_OPENS_MAX_NAMES	4096
#define FILE_OPENS_MAX_STARTS	1024	/* calls under way at once; legacy only */

/* The opens of a process, or of a process on one CPU, or of one thread. */
struct file_opens_process {
	__u64 opens;
	__u64 first;			/* time of the first open, in ns of bpf_ktime_get_ns() */
	__u64 last;
	char comm[FILE_OPENS_COMM_LEN];	/* at the first open */
};

/* NUL padded, as all bytes of a key are compared. */
struct file_opens_name {
	char name[FILE_OPENS_NAME_LEN];
} __attribute__((aligned(8)));

/* Counters: in a per-CPU map on the legacy side, a global variable on the modern one. */
struct file_opens_stats {
	__u64 opens;
	__u64 unprocessed;	/* opens that the map of processes did not take */
	__u64 unnamed;		/* opens that the map of names did not take */
	__u64 unmatched;		/* calls that returned, but whose enter was not seen */
	__u64 dropped;		/* enters that the map of starts did not take */
	__s64 process_error;	/* the -errno of the last unprocessed open */
	__s64 name_error;	/* of the last unnamed open; EEXIST: other names had its hash */
	__s64 start_error;	/* of the last dropped enter */
};

/* ---- legacy only: the key is the hash of a name, and the value has the name ---- */

#define FILE_OPENS_WORDS	(FILE_OPENS_NAME_LEN / 8)
#define FILE_OPENS_SLOTS	4	/* keys that are tried when hashes collide */
#define FILE_OPENS_HASH		0xcbf29ce484222325ULL	/* of an empty name */

struct file_opens_file {
	__u64 opens;
	__u64 collisions;	/* opens of other names that were tried at this key */
	struct file_opens_name name;
};

/*
 * In the manner of FNV-1a, but eight bytes at a time, and with the upper half folded in.  It has
 * no seed, so anybody can make names collide.
 */
static inline __u64 file_opens_hash(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x100000001b3ULL;
	return hash ^ hash >> 32;
}

/* The first key of a name.  (The programs do it by a loop that is unrolled.) */
static inline __u64 file_opens_key(const struct file_opens_name *name)
{
	__u64 words[FILE_OPENS_WORDS], hash = FILE_OPENS_HASH;

	__builtin_memcpy(words, name, sizeof(words));
	for (int i = 0; i < FILE_OPENS_WORDS; i++)
		hash = file_opens_hash(hash, words[i]);
	return hash;
}

#endif
