/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpftool_host.h - what stands around the bpftool command line, at the bpftool stage.
 *
 * X_bpftool.sh has what a person types, in parts:
 *
 *	load	loads, pins and fills maps, below /sys/fs/bpf/X
 *	read	prints the records, until it is ended (families with an event array)
 *	attach	says "attached" and holds it until its stdin ends; or pins X/link and ends
 *	dump	prints maps
 *
 * The host runs them by `sh -e`, beside the objects, with the name of the object in $kern.
 * All else is done here, on samples/lib and the
 * family's own report: options, whom to observe, a bpffs that goes with the process, and
 * what bpftool prints becomes the structs of the contract again.
 *
 * The trap: event_pipe drops what is in its rings when it is told to stop.  So it is read
 * until all has come that the program has sent, and only then told.
 */
#ifndef LEGACY_LIB_BPFTOOL_HOST_H
#define LEGACY_LIB_BPFTOOL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "bpftool_text.h"

/* A map that `dump` prints, in this order; the last has no name. */
struct bpftool_map {
	const char *name;
	size_t key_size, value_size;
	map_text_fn entry;
};

struct bpftool_family {
	const char *about;			/* for -h */
	void (*event)(const void *data);	/* a record that `read` printed; may be NULL */
	size_t event_size;
	void *stats;				/* the sums of the map "stats": 64-bit numbers */
	size_t stats_size;
	const __u64 *sent;			/* of them: how many records there are to read */

	/* Why the object was refused, if bpftool's words say more than that; may be NULL. */
	const char *(*refused)(const char *words);
	void (*synced)(void);			/* stats are as of now: observe_synced() */
	int (*report)(void);			/* the live report; may be NULL */
	int (*end)(void);			/* ditto: all is shown, and checked */
};

/* All of a variant's main(). */
int bpftool_main(const struct bpftool_family *family, int argc, char **argv);

/* Reads the counters: 0, or the end of the process. */
int bpftool_stats(void);
/* Runs `dump`, and hands on all entries of @maps: 0, or the end of the process. */
int bpftool_dump(const struct bpftool_map *maps);

/*
 * For a family without programs: finds bpftool, and mounts the bpffs.  Then runs a part
 * with arguments.  Returns what it has printed, until the next call; and its exit status.
 */
void bpftool_init(int argc, char **argv, const char *about);
const char *bpftool_part(const char *part, const char *const *args, int *status);
/* Ends the process: that part has failed. */
void bpftool_failed(const char *part, int status) __attribute__((noreturn));

#endif
