/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of map_crud: one list of steps, done with every API.
 *
 * No program is attached and no task is observed.  A variant makes maps of many types,
 * does the steps of map_crud_steps.h in that order, and reports the result of each step:
 * a value, or the name of an errno.
 *
 *	step n=5 map=hash op=update key=1 value=12 flags=noexist result=EEXIST
 *
 * A round of the workload is MAP_CRUD_PER_ROUND steps, which the variants do when the
 * runner sends "sync": all have then "seen" the same number.
 *
 * No step is left out.  If the tool of a stage has no command for a step, a few lines of
 * C do that step, and the table format says so.
 *
 * A key has 4 bytes, "1", or is a prefix for the trie, "10.1.0.0/16".  A value has 4
 * bytes.  In a per-CPU map, the same value is written for each CPU, and the result is the
 * sum over the possible CPUs.  The value in a map of maps is the name of the inner map.
 * Where the value is a descriptor, "event" stands for that of a perf event, and "none"
 * for one that is not open.
 */
#ifndef SAMPLES_MAP_CRUD_H
#define SAMPLES_MAP_CRUD_H

#define MAP_CRUD_PER_ROUND	10
#define MAP_CRUD_ENTRIES	4		/* entries of a map that will be filled */
#define MAP_CRUD_LRU_ENTRIES	1024		/* so many that nothing is evicted */
#define MAP_CRUD_RING_SIZE	65536		/* a power of two, and whole pages */

#define KERNEL_ENOTSUPP		524		/* kernel-internal, but user space gets it */

/* The key of the trie: the address in network order. */
struct map_crud_prefix {
	__u32 len;			/* the length of the prefix in bits */
	unsigned char address[4];
};

#endif
