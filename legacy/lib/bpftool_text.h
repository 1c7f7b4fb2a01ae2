/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpftool_text.h - what bpftool prints, back into the bytes that it read.
 *
 * `bpftool map event_pipe` prints a line and then hex for each record, and
 * `bpftool -j map dump` an array of objects with hex in strings.  Both may be cut
 * short at any byte, as bpftool may be killed: then it is an error, and not a record
 * or a table of less.
 */
#ifndef LEGACY_LIB_BPFTOOL_TEXT_H
#define LEGACY_LIB_BPFTOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* The records of event_pipe; those who begin set the first two. */
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

/* What event_pipe has printed, in pieces of any length.  NULL, or what is wrong with it. */
const char *event_text_read(struct event_text *t, const char *text, size_t len);

/*
 * One entry of a map, with its value, or those of all possible CPUs of a per-CPU map, one
 * after the other; all aligned to 8 bytes.
 */
typedef void (*map_text_fn)(const void *key, const void *values, unsigned int cnt);

/*
 * What `bpftool -j map dump` (an array of entries) or `lookup` (one) has printed, from
 * @text on.  Returns where it ends; or NULL, and in @why what is wrong with it: it ends too
 * early, has other sizes than these, or says that an entry cannot be read.
 */
const char *map_text_read(const char *text, size_t key_size, size_t value_size,
			  map_text_fn entry, const char **why);

/*
 * The @size bytes of "NAME":["0x00",...] in what bpftool -j has printed.  False if there are
 * none, or not so many.
 */
bool bytes_text_read(const char *text, const char *name, void *bytes, size_t size);

#endif
