/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpftool_host.h - runs the bpftool commands of a variant at the bpftool stage.
 *
 * X_bpftool.sh has the commands that a person would type, in parts:
 *
 *	load	loads, pins and fills maps, below /sys/fs/bpf/X
 *	read	prints the records, until it is ended (families with an event array)
 *	attach	prints "attached" and stays until its stdin ends; or pins X/link and ends
 *	dump	prints maps
 *
 * The host runs these parts by `sh -e`, in the directory of the objects, with the name
 * of the object in $kern.  Everything else is done here, with samples/lib and the
 * family's own report: the options, which tasks are observed, a bpffs that disappears
 * with the process, and turning bpftool's output back into the structs of the contract.
 *
 * When event_pipe is told to stop, it drops the records that are still in its rings.  So
 * the host reads until it has all records that the program has sent, and only then tells
 * event_pipe to stop.
 */
#ifndef LEGACY_LIB_BPFTOOL_HOST_H
#define LEGACY_LIB_BPFTOOL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "bpftool_text.h"

/* A map that `dump` prints.  An array of these has the same order; its last name is NULL. */
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
	const __u64 *sent;			/* in stats: how many records the program sent */

	/* If load has failed, finds the reason for a skip in bpftool's output; may be NULL. */
	const char *(*refused)(const char *words);
	void (*synced)(void);			/* calls observe_synced(); stats are up to date */
	int (*report)(void);			/* the live report; may be NULL */
	int (*end)(void);			/* shows and checks everything; may not be NULL */
};

/* The whole main() of a variant. */
int bpftool_main(const struct bpftool_family *family, int argc, char **argv);

/* Reads the counters.  Returns 0, or ends the process. */
int bpftool_stats(void);
/* Runs `dump`, and passes all entries to @maps.  Returns 0, or ends the process. */
int bpftool_dump(const struct bpftool_map *maps);

/*
 * For a family without programs: bpftool_init() finds bpftool and mounts the bpffs, and
 * bpftool_part() runs a part with arguments.  It returns what the part has printed, which is
 * valid until the next call, and the exit status in @status.
 */
void bpftool_init(int argc, char **argv, const char *about);
const char *bpftool_part(const char *part, const char *const *args, int *status);
/* Ends the process with the reason why that part has failed. */
void bpftool_failed(const char *part, int status) __attribute__((noreturn));

#endif
