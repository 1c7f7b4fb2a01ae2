// SPDX-License-Identifier: GPL-2.0
/*
 * report.c - prints facts as a table, as records or as JSON; see report.h.
 *
 * A person gets columns under a heading, which is printed again whenever the kind of
 * fact changes.  The widths of facts that are printed one by one are fixed; those of a
 * table that is printed as a whole are fitted to it.  Rows of such a table are kept as
 * text, already escaped, since their strings lie in a ring buffer that is used again.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

#define MAX_FIELDS	12

enum report_format report_format;

/* One row of a collected table: its cells, and what it is sorted by. */
struct row {
	__u64 key;
	unsigned int cells;
	char *cell[MAX_FIELDS];
};

static struct {
	char kind[32];
	struct field columns[MAX_FIELDS];	/* name and kind only */
	struct row *rows;
	size_t nr, room;
} table;

static const char *shown_kind;	/* the heading that is above the last line */

static void *checked(void *memory)
{
	if (!memory) {
		fputs("report: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

/* The length in bytes of the character at @s; 0 if it is not UTF-8 (RFC 3629). */
static size_t character(const unsigned char *s, size_t len)
{
	/* The range of the second byte depends on the first one. */
	unsigned char from = 0x80, to = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
	    s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	if (!n || n > len)
		return 0;
	if (s[0] == 0xe0)
		from = 0xa0;		/* below it two bytes are enough */
	else if (s[0] == 0xed)
		to = 0x9f;		/* above it are the surrogates */
	else if (s[0] == 0xf0)
		from = 0x90;		/* below it three bytes are enough */
	else if (s[0] == 0xf4)
		to = 0x8f;		/* above it is nothing: U+10FFFF is the last */
	if (s[1] < from || s[1] > to)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

/* A byte that is not UTF-8 becomes a lone surrogate, which stands for no character. */
static void put_json_string(FILE *out, const unsigned char *s, size_t len)
{
	size_t n;

	for (; len; s += n, len -= n) {
		n = character(s, len);
		if (!n) {
			fprintf(out, "\\udc%02x", *s);
			n = 1;
		} else if (*s < 0x20) {
			fprintf(out, "\\u%04x", *s);
		} else {
			if (*s == '"' || *s == '\\')
				fputc('\\', out);
			fwrite(s, 1, n, out);
		}
	}
}

/* What is shown of a string: in a record, also what is behind its NUL, but not the padding. */
static size_t shown_length(const struct field *f)
{
	size_t len = f->len;

	if (report_format != REPORT_RECORDS)
		return strnlen(f->str, len);
	while (len && !f->str[len - 1])
		len--;
	return len;
}

static void put_string(FILE *out, const struct field *f)
{
	size_t len = shown_length(f);

	if (report_format == REPORT_JSON)
		return put_json_string(out, (const unsigned char *)f->str, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = f->str[i];

		if (c == ' ' && report_format == REPORT_TABLE)
			fputc(c, out);
		else if (c <= 0x20 || c > 0x7e || c == '\\')
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

/* A number with the unit that makes it short: 1.2ms, 34MiB. */
static void put_scaled(FILE *out, __u64 num, unsigned int step, const char *const *units)
{
	double scaled = num;

	while (scaled >= step && units[1]) {
		scaled /= step;
		units++;
	}
	fprintf(out, scaled == (__u64)scaled || scaled >= 100 ? "%.0f%s" : "%.1f%s",
		scaled, *units);
}

static void put_value(FILE *out, const struct field *f)
{
	static const char *const times[] = { "ns", "us", "ms", "s", NULL };
	static const char *const sizes[] = { "B", "KiB", "MiB", "GiB", "TiB", NULL };

	switch (f->kind) {
	case FIELD_STR:
		if (report_format == REPORT_JSON)
			fputc('"', out);
		put_string(out, f);
		if (report_format == REPORT_JSON)
			fputc('"', out);
		return;
	case FIELD_INT:
		fprintf(out, "%" PRId64, (int64_t)f->num);
		return;
	case FIELD_HEX:
		fprintf(out, report_format == REPORT_JSON ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64,
			(uint64_t)f->num);
		return;
	case FIELD_NS:
		if (report_format == REPORT_TABLE)
			return put_scaled(out, f->num, 1000, times);
		break;
	case FIELD_BYTES:
		if (report_format == REPORT_TABLE)
			return put_scaled(out, f->num, 1024, sizes);
		break;
	case FIELD_BOUNDS:
		fprintf(out, "%" PRIu64 "..%" PRIu64, (uint64_t)f->num, (uint64_t)f->high);
		return;
	case FIELD_NONE:
		fputc('-', out);
		return;
	case FIELD_DEC:
		break;
	}
	fprintf(out, "%" PRIu64, (uint64_t)f->num);
}

static void put_record(const char *kind, const struct field *fields)
{
	fputs(kind, stdout);
	for (const struct field *f = fields; f->name; f++) {
		printf(" %s%s=", f->name,
		       f->kind == FIELD_NS || f->kind == FIELD_BOUNDS ? "~" : "");
		put_value(stdout, f);
	}
	putchar('\n');
}

static void put_json_fields(const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		printf(",\"%s%s\":", f->name, f->kind == FIELD_NS ? "_ns" :
		       f->kind == FIELD_BYTES && strcmp(f->name, "bytes") ? "_bytes" : "");
		put_value(stdout, f);
	}
}

static void put_json(const char *kind, const struct field *fields)
{
	printf("{\"kind\":\"%s\"", kind);
	put_json_fields(fields);
	puts("}");
}

static char *cell_text(const struct field *f)
{
	char *text = NULL;
	size_t size;
	FILE *out = checked(open_memstream(&text, &size));

	put_value(out, f);
	fclose(out);
	return checked(text);
}

/* Prints a cell: numbers are aligned right, strings left; the last string is not padded. */
static void put_cell(const char *text, enum field_kind kind, int width, int last)
{
	if (kind != FIELD_STR)
		printf("%*s", width, text);
	else if (last)
		fputs(text, stdout);
	else
		printf("%-*s", width, text);
	fputs(last ? "\n" : "  ", stdout);
}

static void put_heading(const struct field *f, int width, int last)
{
	char name[64];
	size_t i;

	for (i = 0; f->name[i] && i < sizeof(name) - 1; i++)
		name[i] = f->name[i] >= 'a' && f->name[i] <= 'z' ? f->name[i] - 'a' + 'A' :
			  f->name[i];
	name[i] = '\0';
	put_cell(name, f->kind, width, last);
}

static int streamed_width(const struct field *f)
{
	int name = strlen(f->name);
	int width = f->kind == FIELD_STR ? (f->num < 20 ? (int)f->num : 20) :
		    f->kind == FIELD_HEX ? 12 : 8;

	return width > name ? width : name;
}

static void put_columns(const char *kind, const struct field *fields)
{
	if (!shown_kind || strcmp(shown_kind, kind)) {
		for (const struct field *f = fields; f->name; f++)
			put_heading(f, streamed_width(f), !f[1].name);
		shown_kind = kind;
	}
	for (const struct field *f = fields; f->name; f++) {
		char *text = cell_text(f);

		put_cell(text, f->kind, streamed_width(f), !f[1].name);
		free(text);
	}
}

/* The errno of the first failed write to stdout, as errno itself may change later. */
static int broken;

static void check_stdout(void)
{
	if (ferror(stdout) && !broken)
		broken = errno ? errno : EIO;
}

struct field report_text(const char *name, const char *s, size_t most)
{
	return (struct field){ .name = name, .kind = FIELD_STR, .str = s,
			       .len = strnlen(s, most), .num = most };
}

/* A person, and JSON, get those fields that are observed. */
static const struct field *observed(const struct field *fields)
{
	static struct field some[MAX_FIELDS + 1];
	const struct field *f = fields;
	size_t n = 0;

	while (f->name && f->kind != FIELD_NONE)
		f++;
	if (!f->name || report_format == REPORT_RECORDS)
		return fields;
	for (f = fields; f->name && n < MAX_FIELDS; f++)
		if (f->kind != FIELD_NONE)
			some[n++] = *f;
	some[n] = (struct field){};
	return some;
}

void report_fields(const char *kind, const struct field *fields)
{
	fields = observed(fields);
	switch (report_format) {
	case REPORT_RECORDS:
		put_record(kind, fields);
		break;
	case REPORT_JSON:
		put_json(kind, fields);
		break;
	case REPORT_TABLE:
		put_columns(kind, fields);
		break;
	}
	check_stdout();
}

void report_row_fields(const char *kind, const struct field *fields)
{
	struct row *row;
	unsigned int i;

	if (report_format != REPORT_TABLE)
		return report_fields(kind, fields);
	fields = observed(fields);
	if (table.nr == table.room) {
		table.room = table.room ? 2 * table.room : 64;
		table.rows = checked(reallocarray(table.rows, table.room, sizeof(*table.rows)));
	}
	row = &table.rows[table.nr++];
	row->key = fields[0].kind == FIELD_STR ? 0 : fields[0].num;
	if (fields[0].kind == FIELD_INT)
		row->key ^= 1ULL << 63;	/* compared as unsigned */
	snprintf(table.kind, sizeof(table.kind), "%s", kind);
	for (i = 0; fields[i].name && i < MAX_FIELDS; i++) {
		table.columns[i] = fields[i];
		row->cell[i] = cell_text(&fields[i]);
	}
	row->cells = i;
}

static int larger_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	/* Rows with equal keys keep their order, so that a live table is easy to read. */
	for (unsigned int i = 0; i < x->cells && i < y->cells; i++) {
		int diff = strcmp(x->cell[i], y->cell[i]);

		if (diff)
			return diff;
	}
	return 0;
}

void report_rows(unsigned int top)
{
	int width[MAX_FIELDS] = { 0 };
	unsigned int cells;
	size_t shown;

	if (!table.nr)
		return;
	cells = table.rows[0].cells;
	qsort(table.rows, table.nr, sizeof(*table.rows), larger_first);
	shown = top && top < table.nr ? top : table.nr;
	for (unsigned int i = 0; i < cells; i++) {
		width[i] = strlen(table.columns[i].name);
		for (size_t r = 0; r < shown; r++)
			if ((int)strlen(table.rows[r].cell[i]) > width[i])
				width[i] = strlen(table.rows[r].cell[i]);
	}
	if (shown_kind)
		putchar('\n');
	for (unsigned int i = 0; i < cells; i++)
		put_heading(&table.columns[i], width[i], i + 1 == cells);
	for (size_t r = 0; r < shown; r++)
		for (unsigned int i = 0; i < cells; i++)
			put_cell(table.rows[r].cell[i], table.columns[i].kind, width[i],
				 i + 1 == cells);
	check_stdout();
	if (shown < table.nr)
		printf("... and %zu more (-n 0 shows all)\n", table.nr - shown);
	for (size_t r = 0; r < table.nr; r++)
		for (unsigned int i = 0; i < table.rows[r].cells; i++)
			free(table.rows[r].cell[i]);
	free(table.rows);
	table.rows = NULL;
	table.nr = 0;
	table.room = 0;
	shown_kind = "";	/* the next fact gets its heading again */
}

void report_refresh(void)
{
	time_t now = time(NULL);
	char text[16];

	if (report_format != REPORT_TABLE)
		return;
	strftime(text, sizeof(text), "%H:%M:%S", localtime(&now));
	printf("%s%s\n", isatty(STDOUT_FILENO) ? "\033[H\033[J" : "\n", text);
	shown_kind = "";
}

void report_refresh_end_fields(const struct field *fields)
{
	static unsigned int refreshes;
	struct timespec now;

	if (report_format != REPORT_JSON)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	printf("{\"kind\":\"refresh\",\"refresh\":%u,\"unix_ms\":%" PRIu64, ++refreshes,
	       (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	put_json_fields(fields);
	puts("}");
}

void report_note(const char *fmt, ...)
{
	va_list args;

	if (report_format != REPORT_TABLE)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	shown_kind = "";
}

int report_flush(void)
{
	fflush(stdout);
	check_stdout();
	if (!broken)
		return 0;
	errno = broken;
	return -1;
}

bool report_reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };	/* asks for no event */

	return poll(&out, 1, 0) > 0;
}
