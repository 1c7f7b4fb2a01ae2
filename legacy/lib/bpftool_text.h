/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpftool_text.h - turns bpftool's output back into the bytes that bpftool has read.
 *
 * `bpftool map event_pipe` prints a line and then hex digits for each record, and
 * `bpftool -j map dump` prints an array of objects with hex digits in strings.  As bpftool
 * may be killed, the output may end at any byte: that is an error, and not a shorter
 * record or table.
 */
#ifndef LEGACY_LIB_BPFTOOL_TEXT_H
#define LEGACY_LIB_BPFTOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* Reads the records of event_pipe; the caller sets the first two members. */
struct event_text {
	void (*event)(const void *data);	/* aligned to 8 bytes */
	size_t size;				/* of a record */
	__u64 seen;				/* records, so far */
	unsigned char *data;
	size_t have;				/* bytes of the record that is being read */
	bool open;				/* inside of a record */
	char line[128];
	size_t len;
};

/* Reads output of event_pipe, in pieces of any length.  Returns NULL, or what is wrong with it. */
const char *event_text_read(struct event_text *t, const char *text, size_t len);

/*
 * Called for each entry of a map, with its value, or for a per-CPU map with the values of all
 * possible CPUs, one after the other; all aligned to 8 bytes.
 */
typedef void (*map_text_fn)(const void *key, const void *values, unsigned int cnt);

/*
 * Reads the output of `bpftool -j map dump` (an array of entries) or `lookup` (one entry) that
 * begins at @text.  Returns where it ends; or NULL, and in @why what is wrong with it: it ends
 * too early, has other sizes than these, or says that an entry cannot be read.
 */
const char *map_text_read(const char *text, size_t key_size, size_t value_size,
			  map_text_fn entry, const char **why);

/*
 * Reads the @size bytes of "NAME":["0x00",...] in the output of bpftool -j.  Returns false if
 * they are not there, or if their number is not @size.
 */
bool bytes_text_read(const char *text, const char *name, void *bytes, size_t size);

#endif
