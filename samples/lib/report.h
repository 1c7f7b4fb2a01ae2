/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - prints facts as a table, as records or as JSON.
 *
 * A fact is a kind ("exec") and named fields.  --format=table prints columns for a
 * person, --format=records a line "exec pid=1 comm=sh" by which two observers can be
 * compared, --format=json one object per line.
 *
 * In a record, NAME~=VALUE is a value in which two correct observers may differ, such as a
 * time.  The workload, which says what is expected, has NAME~=LOW..HIGH there, and NAME=- is
 * a value that an observer does not have.
 *
 * Strings may hold any byte.  In a record and in a column, the backslash and all bytes
 * outside of 0x21..0x7e are written as \xNN (a column may have spaces).  In JSON, UTF-8 is
 * written as it is, and each byte NN that is not part of a UTF-8 character as \udcNN (RFC
 * 3629; a name that was cut may end with such bytes).  No character is \udcNN, so the
 * bytes can be restored: Python's os.fsencode() does that.  A string ends at its NUL, but a
 * record has all bytes of its array up to the last one that is not 0: what is behind the NUL
 * should not be there.
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
	FIELD_STR,	/* @len bytes, a string or up to its NUL; @num: how wide a column */
	FIELD_NS,	/* a time, NAME_ns in JSON; NAME~ in a record, as observers differ */
	FIELD_BYTES,	/* a size, NAME_bytes in JSON; KiB, MiB for a person */
	FIELD_BOUNDS,	/* from @num to @high, in a record: what a FIELD_NS has to be */
	FIELD_NONE,	/* in a record, not observed; left out elsewhere */
};

struct field {
	const char *name;
	enum field_kind kind;
	__u64 num, high;
	const char *str;
	size_t len;
};

#define DEC(n, v)	((struct field){ .name = (n), .kind = FIELD_DEC, .num = (v) })
#define INT(n, v)	((struct field){ .name = (n), .kind = FIELD_INT, .num = (__s64)(v) })
#define HEX(n, v)	((struct field){ .name = (n), .kind = FIELD_HEX, .num = (v) })
#define NS(n, v)	((struct field){ .name = (n), .kind = FIELD_NS, .num = (v) })
#define BYTES(n, v)	((struct field){ .name = (n), .kind = FIELD_BYTES, .num = (v) })
#define BOUNDS(n, low, up)	\
	((struct field){ .name = (n), .kind = FIELD_BOUNDS, .num = (low), .high = (up) })
#define NONE(n)		((struct field){ .name = (n), .kind = FIELD_NONE })
/* The string in the array @s of @size bytes. */
#define STR(n, s, size)	\
	((struct field){ .name = (n), .kind = FIELD_STR, .str = (s), .len = (size), .num = (size) })
/* The string @s up to its NUL, of which at most @most bytes are shown. */
#define TEXT(n, s, most)	report_text(n, s, most)
struct field report_text(const char *name, const char *s, size_t most);

/* Shows a fact at once: report("exec", DEC("pid", pid), STR("comm", comm, 16)); */
#define report(kind, ...) \
	report_fields(kind, (const struct field[]){ __VA_ARGS__, {} })
void report_fields(const char *kind, const struct field *fields);

/*
 * report_row() collects facts of one kind, and report_rows() prints them together and
 * empties the table.  A person gets them sorted by the first field, the largest first
 * (strings from A to Z), and only the first @top (0: all).  The other formats have all.
 */
#define report_row(kind, ...) \
	report_row_fields(kind, (const struct field[]){ __VA_ARGS__, {} })
void report_row_fields(const char *kind, const struct field *fields);
void report_rows(unsigned int top);

/*
 * To be called before a live table is printed again: clears a terminal, and prints the
 * time.  Does nothing in the other formats.
 */
void report_refresh(void);

/*
 * Ends a refresh of a live table in JSON: prints the object {"kind":"refresh"} with the
 * number and the time of the refresh, and then the given fields, its totals.
 */
#define report_refresh_end(...) \
	report_refresh_end_fields((const struct field[]){ __VA_ARGS__, {} })
void report_refresh_end_fields(const struct field *fields);

/* Prints a line for a person ("12 events/s"); nothing in the other formats. */
void report_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes out what is buffered.  Returns -1 with errno if any write so far has failed. */
int report_flush(void);

/* Is stdout a pipe or a terminal whose other end is closed? */
bool report_reader_gone(void);

#endif
