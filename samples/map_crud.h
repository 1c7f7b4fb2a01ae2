/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract of map_crud: one list of steps, done with every API.
 *
 * No program is attached and nobody is observed.  A variant makes maps of every
 * kind, does to them what map_crud_steps.h says, in that order, and reports for
 * each step what came of it: a value, or the name of an errno.
 *
 *	step n=5 map=hash op=update key=1 value=12 flags=noexist result=EEXIST
 *
 * A round of the workload is MAP_CRUD_PER_ROUND steps, which the variants do when
 * they are told to sync: all have then "seen" as many.
 *
 * No step is left out.  A stage whose tool has no word for a step lets a few
 * lines of C do that one step, and says so in the table format.
 *
 * A key is 4 bytes, "1", or for the trie a prefix, "10.1.0.0/16"; a value is 4
 * bytes.  Of a per-CPU map, a value is written for each CPU, and the result is
 * the sum over the possible CPUs.  What a map of maps holds is named by its name;
 * where a descriptor is the value, "event" is a perf event's, and "none" nobody's.
 */
#ifndef SAMPLES_MAP_CRUD_H
#define SAMPLES_MAP_CRUD_H

#define MAP_CRUD_PER_ROUND	10
#define MAP_CRUD_ENTRIES	4		/* of a map that is to be filled */
#define MAP_CRUD_LRU_ENTRIES	1024		/* of one in which nothing may be evicted */
#define MAP_CRUD_RING_SIZE	65536		/* a power of two, and pages everywhere */

/* The key of the trie: the address in network order. */
struct map_crud_prefix {
	__u32 len;			/* how many bits of it count */
	unsigned char address[4];
};

#endif
