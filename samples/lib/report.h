/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - one way to say a fact, three ways to show it.
 *
 * A fact is a kind ("exec") and named fields.  --format=table shows columns to
 * a person, --format=records one line "exec pid=1 comm=sh" that two observers
 * can be compared by, --format=json one object a line.
 *
 * Strings may hold any byte.  A record and a column have \xNN for what is outside of
 * 0x21..0x7e (a column may have spaces), and for the backslash.  JSON has UTF-8 as it
 * is, and \udcNN for each byte NN that is no part of any (RFC 3629; a name that was cut
 * may end in some).  No character is \udcNN, so this can be undone: in Python
 * os.fsencode() does.
 *
 * stdout is buffered and written out by report_flush(), never per record.
 */
#ifndef SAMPLES_LIB_REPORT_H
#define SAMPLES_LIB_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

enum report_format { REPORT_TABLE, REPORT_RECORDS, REPORT_JSON };

extern enum report_format report_format;

enum field_kind {
	FIELD_DEC,	/* a number */
	FIELD_INT,	/* a number that may be negative */
	FIELD_HEX,	/* a number, as 0x... */
	FIELD_STR,	/* a string of at most @len bytes, or up to its NUL */
	FIELD_NS,	/* a time, NAME_ns in JSON; never in a record, as observers differ */
	FIELD_BYTES,	/* a size, NAME_bytes in JSON; KiB, MiB for a person */
};

struct field {
	const char *name;
	enum field_kind kind;
	__u64 num;
	const char *str;
	size_t len;
};

#define DEC(n, v)	((struct field){ .name = (n), .kind = FIELD_DEC, .num = (v) })
#define INT(n, v)	((struct field){ .name = (n), .kind = FIELD_INT, .num = (__s64)(v) })
#define HEX(n, v)	((struct field){ .name = (n), .kind = FIELD_HEX, .num = (v) })
#define NS(n, v)	((struct field){ .name = (n), .kind = FIELD_NS, .num = (v) })
#define BYTES(n, v)	((struct field){ .name = (n), .kind = FIELD_BYTES, .num = (v) })
#define STR(n, s, size)	\
	((struct field){ .name = (n), .kind = FIELD_STR, .str = (s), .len = (size) })

/* Shows a fact at once: report("exec", DEC("pid", pid), STR("comm", comm, 16)); */
#define report(kind, ...) \
	report_fields(kind, (const struct field[]){ __VA_ARGS__, {} })
void report_fields(const char *kind, const struct field *fields);

/*
 * Collects facts of one kind and shows them together: for a person sorted by
 * the first field, largest first (strings from A to Z), with the first @top only
 * (0: all); all of them otherwise.  report_rows() shows and empties the table.
 */
#define report_row(kind, ...) \
	report_row_fields(kind, (const struct field[]){ __VA_ARGS__, {} })
void report_row_fields(const char *kind, const struct field *fields);
void report_rows(unsigned int top);

/*
 * A live table is about to be shown anew: a terminal is cleared, anything else
 * gets a line with the time.  Nothing in the other formats.
 */
void report_refresh(void);

/*
 * What a live table adds up to, for a program: the last object of each refresh in JSON,
 * {"kind":"refresh"}, with its number and time before the given fields.
 */
#define report_refresh_end(...) \
	report_refresh_end_fields((const struct field[]){ __VA_ARGS__, {} })
void report_refresh_end_fields(const struct field *fields);

/* A line for a person only ("12 events/s"); nothing in the other formats. */
void report_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes out what is buffered.  Returns -1 and errno if stdout did not take all so far. */
int report_flush(void);

/* Is stdout a pipe or a terminal with nobody at its other end any more? */
bool report_reader_gone(void);

#endif
