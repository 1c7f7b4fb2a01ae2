// SPDX-License-Identifier: GPL-2.0
/*
 * records.c - what a variant printed, as a multiset of lines.
 *
 * Variants read their buffers in different orders, so lines are sorted before
 * they are compared.  How often a line appears counts: an observer that
 * loses one record and has another twice must not pass.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "equiv/equiv.h"

/* "kind key=value ...", printable, one blank between two words. */
static bool is_record(const char *s)
{
	int words = 0;

	for (; *s; s++, words++) {
		const char *word = s, *equals = NULL;

		for (; *s > ' ' && *s < 0x7f; s++)
			if (*s == '=' && !equals)
				equals = s;
		if (s == word || !!equals != !!words || equals == word)
			return false;
		if (!*s)
			return words > 0;
		if (*s != ' ')
			return false;
	}
	return false;
}

/* A line as it may be shown: printable, and not too long. */
static char *shown(const char *s, size_t len)
{
	char buf[128];
	size_t i, n = 0;
	char *text;

	for (i = 0; i < len && n < 60; i++)
		n += sprintf(buf + n, isprint((unsigned char)s[i]) ? "%c" : "\\x%02x",
			     (unsigned char)s[i]);
	buf[n] = 0;
	if (asprintf(&text, "\"%s\"%s", buf, i < len ? "..." : "") < 0)
		abort();
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *records_read(struct records *r, int fd)
{
	size_t len = 0, room = 0, at = 0;
	char *bad = NULL, *end, *show;
	struct stat st;
	ssize_t n;

	memset(r, 0, sizeof(*r));
	if (fstat(fd, &st))
		abort();
	r->text = malloc(st.st_size + 1);
	if (!r->text)
		abort();
	while (len < (size_t)st.st_size) {
		n = pread(fd, r->text + len, st.st_size - len, len);
		if (n <= 0)
			break;
		len += n;
	}
	r->text[len] = 0;
	for (; at < len; at = end - r->text + 1) {
		char *s = r->text + at;

		end = memchr(s, '\n', len - at);
		if (!end) {
			show = shown(s, len - at);
			if (asprintf(&bad, "the output ends within a line: %s", show) < 0)
				abort();
			free(show);
			break;
		}
		*end = 0;
		if (strlen(s) != (size_t)(end - s) || !is_record(s)) {
			show = shown(s, end - s);
			if (asprintf(&bad, "line %zu of the output is no record: %s",
				     r->n + 1, show) < 0)
				abort();
			free(show);
			break;
		}
		if (r->n == room) {
			room = room ? 2 * room : 256;
			r->line = realloc(r->line, room * sizeof(*r->line));
			if (!r->line)
				abort();
		}
		r->line[r->n++] = s;
	}
	if (r->n)
		qsort(r->line, r->n, sizeof(*r->line), by_text);
	return bad;
}

void records_free(struct records *r)
{
	free(r->text);
	free(r->line);
	memset(r, 0, sizeof(*r));
}

size_t records_lacking(const struct records *have, const struct records *want)
{
	const struct records *both[] = { have, want };
	size_t at[2] = {}, count[2], lacking = 0;

	while (records_next(both, 2, at, count))
		if (count[1] > count[0])
			lacking += count[1] - count[0];
	return lacking;
}

/* ---- the same record with other values ---- */

#define PAIRED	1000		/* at most so many lines are compared */

/* Finds the lines of @a that are not in @b, each once.  Returns how many. */
static size_t only_in(const struct records *a, const struct records *b, const char *only[PAIRED])
{
	const struct records *both[] = { a, b };
	size_t at[2] = {}, count[2], n = 0;
	const char *line;

	while (n < PAIRED && (line = records_next(both, 2, at, count)))
		if (!count[1])
			only[n++] = line;
	return n;
}

/*
 * Returns a bit for each word that the two have in common, or 0 if they are not of one kind
 * or their values do not have the same names.
 */
static __u64 in_common(const char *a, const char *b)
{
	__u64 bits = 0, bit = 1;

	for (;; bit <<= 1) {
		size_t x = strcspn(a, " "), y = strcspn(b, " "), name = strcspn(a, "= ");

		if (name > y || strncmp(a, b, name) || b[name] != a[name])
			return 0;
		if (x == y && !strncmp(a, b, x))
			bits |= bit;
		else if (bit == 1)
			return 0;
		a += x;
		b += y;
		if (!*a || !*b)
			return *a || *b ? 0 : bits;
		a++;
		b++;
	}
}

/* Are @bits most of its values?  The first bit is its kind, which is no value. */
static bool most_of(const char *line, __u64 bits)
{
	int values = 0;

	for (; *line; line++)
		values += *line == ' ';
	return 2 * (__builtin_popcountll(bits) - 1) > values;
}

/* Does another line of @r have the words @bits of @line, too? */
static bool shared_by_others(const struct records *r, const char *line, __u64 bits)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->line[i], line) && (in_common(r->line[i], line) & bits) == bits)
			return true;
	return false;
}

/* More equal words are a better match; of as many, later ones, since keys follow counts. */
static bool says_more(__u64 bits, __u64 than)
{
	int n = __builtin_popcountll(bits), m = __builtin_popcountll(than);

	return n > m || (n == m && bits > than);
}

size_t records_changed(const struct records *have, const struct records *want,
		       const char **was, const char **is)
{
	const char *missing[PAIRED], *extra[PAIRED];
	size_t n_missing = only_in(want, have, missing);
	size_t n_extra = only_in(have, want, extra), changed = 0;

	for (size_t i = 0; i < n_missing; i++) {
		size_t best = n_extra;
		__u64 most = 1;		/* the kind alone is no match */

		for (size_t k = 0; k < n_extra; k++) {
			__u64 bits = extra[k] ? in_common(missing[i], extra[k]) : 0;

			if (says_more(bits, most)) {
				most = bits;
				best = k;
			}
		}
		if (best == n_extra ||
		    (!most_of(missing[i], most) &&
		     (shared_by_others(want, missing[i], most) ||
		      shared_by_others(have, extra[best], most))))
			continue;
		if (!changed++) {
			*was = missing[i];
			*is = extra[best];
		}
		extra[best] = NULL;
	}
	return changed;
}

struct records records_of(const struct records *r, const char *kind, size_t len)
{
	struct records part = {};
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (strncmp(r->line[i], kind, len) || r->line[i][len] != ' ')
			continue;
		if (!part.n++)
			part.line = r->line + i;
	}
	return part;
}

bool records_equal(const struct records *a, const struct records *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->line[i], b->line[i]))
			return false;
	return a->n == b->n;
}

/* FNV-1a: a fingerprint to look at; no result depends on it. */
__u64 records_digest(const struct records *r)
{
	__u64 h = 0xcbf29ce484222325ull;
	size_t i;
	char *p;

	for (i = 0; i < r->n; i++) {
		for (p = r->line[i]; *p; p++)
			h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
		h = (h ^ '\n') * 0x100000001b3ull;
	}
	return h;
}

const char *records_next(const struct records *const *r, int n, size_t *at, size_t *count)
{
	const char *line = NULL;
	int i;

	for (i = 0; i < n; i++)
		if (at[i] < r[i]->n && (!line || strcmp(r[i]->line[at[i]], line) < 0))
			line = r[i]->line[at[i]];
	for (i = 0; line && i < n; i++) {
		for (count[i] = 0; at[i] < r[i]->n && !strcmp(r[i]->line[at[i]], line); at[i]++)
			count[i]++;
	}
	return line;
}
