// SPDX-License-Identifier: GPL-2.0
/*
 * records.c - what a variant printed, as a multiset of lines.
 *
 * Variants read their buffers in different orders, so lines are sorted before
 * they are compared.  How often a line appears counts: an observer that
 * loses one record and has another twice must not pass.
 *
 * Two correct observers may differ in the value of NAME~=VALUE, for which the workload has
 * NAME~=LOW..HIGH, and an observer may lack a field.  So a line is matched with an expected
 * one, and from then on is that line: what compares and shows lines need not know of it.
 */
#include <ctype.h>
#include <errno.h>
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

/* ---- bounds, and fields that are not observed ---- */

#define UNOBSERVED	64	/* at most so many fields */

/* A field that is left out of a comparison. */
struct unobserved {
	const char *kind, *name;
	int kind_len, name_len;		/* the name is without a tilde */
};

struct unobserved_list {
	struct unobserved field[UNOBSERVED];
	int n;
};

static bool same_kind(const char *a, const char *b)
{
	size_t len = strcspn(a, " ");

	return !strncmp(a, b, len) && (!b[len] || b[len] == ' ');
}

/* The length of the name of a field, without a tilde. */
static int name_length(const char *word)
{
	int len = strcspn(word, "= ");

	return len && word[len - 1] == '~' ? len - 1 : len;
}

/* The word after this one, or NULL. */
static const char *next_word(const char *word)
{
	word += strcspn(word, " ");
	return *word ? word + 1 : NULL;
}

static const char *value_of(const char *word)
{
	word += strcspn(word, "= ");
	return *word == '=' ? word + 1 : word;
}

static bool is_none(const char *word)
{
	const char *value = value_of(word);

	return value[0] == '-' && (!value[1] || value[1] == ' ');
}

/* How many lines of this kind are there, how many have the field, and in how many is it "-"? */
static void look_at_field(const struct records *r, const char *kind, const char *name, int len,
			  size_t *lines, size_t *have, size_t *none)
{
	*lines = *have = *none = 0;
	for (size_t i = 0; i < r->n; i++) {
		const char *word = r->line[i];

		if (!same_kind(word, kind))
			continue;
		*lines += 1;
		while ((word = next_word(word)))
			if (name_length(word) == len && !strncmp(word, name, len)) {
				*have += 1;
				*none += is_none(word);
				break;
			}
	}
}

/*
 * Adds the fields that are "-" in every line of their kind in @r.  In @other they have to be
 * in every line, and not always "-".
 */
static void add_unobserved(struct unobserved_list *list, const struct records *r,
			   const struct records *other)
{
	size_t lines, have, none;

	for (size_t i = 0; i < r->n; i++) {
		const char *kind = r->line[i], *word = kind;

		if (i && same_kind(r->line[i - 1], kind))
			continue;
		while ((word = next_word(word)) && list->n < UNOBSERVED) {
			int len = name_length(word);

			if (!is_none(word))
				continue;
			look_at_field(r, kind, word, len, &lines, &have, &none);
			if (none != lines)
				continue;
			look_at_field(other, kind, word, len, &lines, &have, &none);
			if (have != lines || none == lines)
				continue;
			list->field[list->n++] = (struct unobserved){
				.kind = kind, .kind_len = strcspn(kind, " "),
				.name = word, .name_len = len,
			};
		}
	}
}

static bool is_left_out(const struct unobserved_list *list, const char *line, const char *word)
{
	for (int i = 0; i < list->n; i++) {
		const struct unobserved *f = &list->field[i];

		if (!strncmp(line, f->kind, f->kind_len) && line[f->kind_len] == ' ' &&
		    name_length(word) == f->name_len && !strncmp(word, f->name, f->name_len))
			return true;
	}
	return false;
}

/* What to call a field that is not observed: as its kind, if no other field of that is, either. */
static const char *called(const struct unobserved *f, int *len)
{
	const char *word = f->kind;

	while ((word = next_word(word)) && is_none(word))
		;
	*len = word ? f->name_len : f->kind_len;
	return word ? f->name : f->kind;
}

/* The names in @list, each once: "min, max".  NULL if there is none. */
static char *names_in(const struct unobserved_list *list)
{
	char *all = NULL, *more;
	int i, k, len, other;

	for (i = 0; i < list->n; i++) {
		const char *name = called(&list->field[i], &len), *same;

		for (k = 0; k < i; k++) {
			same = called(&list->field[k], &other);
			if (other == len && !strncmp(same, name, len))
				break;
		}
		if (k < i)
			continue;
		if (asprintf(&more, "%s%s%.*s", all ?: "", all ? ", " : "", len, name) < 0)
			abort();
		free(all);
		all = more;
	}
	return all;
}

/* A line in two parts: what has to be equal, and the values that have to be in bounds. */
struct split {
	char *exact, *values;
	size_t line;		/* where it is in its set */
	struct split *partner;
	bool visited;
};

static void split(struct split *s, const struct unobserved_list *list, const char *line)
{
	const char *word = line;
	char *exact, *values;

	/* At most the whole line, a blank and a NUL. */
	exact = malloc(strlen(line) + 2);
	values = malloc(strlen(line) + 2);
	s->exact = exact;
	s->values = values;
	if (!exact || !values)
		abort();
	for (; word; word = next_word(word)) {
		int len = strcspn(word, " "), name = strcspn(word, "= ");

		if (word != line && is_left_out(list, line, word))
			continue;
		if (name < len && name && word[name - 1] == '~') {
			values += sprintf(values, "%.*s ", len - name - 1, word + name + 1);
			len = name;
		}
		exact += sprintf(exact, "%.*s ", len, word);
	}
	/* The last blank goes. */
	exact[-1] = 0;
	*values = 0;
}

static int by_exact(const void *a, const void *b)
{
	return strcmp(((const struct split *)a)->exact, ((const struct split *)b)->exact);
}

static struct split *split_all(const struct records *r, const struct unobserved_list *list)
{
	struct split *all = calloc(r->n + 1, sizeof(*all));

	if (!all)
		abort();
	for (size_t i = 0; i < r->n; i++) {
		split(&all[i], list, r->line[i]);
		all[i].line = i;
	}
	qsort(all, r->n, sizeof(*all), by_exact);
	return all;
}

static void free_splits(struct split *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(all[i].exact);
		free(all[i].values);
	}
	free(all);
}

/* Is the first word of @value within the first word of @bounds, or equal to it? */
static bool is_within(const char *value, const char *bounds)
{
	size_t len = strcspn(value, " "), width = strcspn(bounds, " ");
	unsigned long long low, high, is;
	char *end;

	if (len == width && !strncmp(value, bounds, len))
		return true;
	if (!isdigit((unsigned char)*value) || !isdigit((unsigned char)*bounds))
		return false;
	errno = 0;
	is = strtoull(value, &end, 10);
	if (errno || end != value + len)
		return false;
	low = strtoull(bounds, &end, 10);
	if (errno || strncmp(end, "..", 2) || !isdigit((unsigned char)end[2]))
		return false;
	high = strtoull(end + 2, &end, 10);
	return !errno && end == bounds + width && low <= is && is <= high;
}

static bool all_within(const char *values, const char *bounds)
{
	for (; *values && *bounds; values = next_word(values), bounds = next_word(bounds))
		if (!is_within(values, bounds))
			return false;
	return *values == *bounds;
}

/*
 * Finds a partner for @s among @n lines.  If all that would do are taken, those that have
 * them look for another one, so that in the end as many as possible have one.
 */
static bool find_partner(struct split *s, struct split *among, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!among[i].partner && all_within(s->values, among[i].values)) {
			s->partner = &among[i];
			among[i].partner = s;
			return true;
		}
	for (size_t i = 0; i < n; i++) {
		if (among[i].visited || !all_within(s->values, among[i].values))
			continue;
		among[i].visited = true;
		if (find_partner(among[i].partner, among, n)) {
			s->partner = &among[i];
			among[i].partner = s;
			return true;
		}
	}
	return false;
}

/* Finds partners for as many of the lines of @a as can have one.  Returns their number. */
static size_t match(struct split *a, size_t n_a, struct split *b, size_t n_b)
{
	size_t i = 0, k = 0, matched = 0, group;

	while (i < n_a && k < n_b) {
		int diff = strcmp(a[i].exact, b[k].exact);

		if (diff) {
			*(diff < 0 ? &i : &k) += 1;
			continue;
		}
		for (group = 1; k + group < n_b && !by_exact(&b[k], &b[k + group]); group++)
			;
		for (; i < n_a && !by_exact(&a[i], &b[k]); i++) {
			for (size_t j = k; j < k + group; j++)
				b[j].visited = false;
			matched += find_partner(&a[i], &b[k], group);
		}
		k += group;
	}
	return matched;
}

/* Is there a line with a field that may differ, or one that may be not observed? */
static bool has_open_fields(const struct records *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (const char *word = r->line[i]; (word = next_word(word));)
			if (is_none(word) || word[name_length(word)] == '~')
				return true;
	return false;
}

bool records_agree(const struct records *have, const struct records *want)
{
	struct unobserved_list list = {};
	struct split *a, *b;
	size_t matched;

	if (have->n != want->n || !has_open_fields(have))
		return records_equal(have, want);
	add_unobserved(&list, have, want);
	a = split_all(have, &list);
	b = split_all(want, &list);
	matched = match(a, have->n, b, want->n);
	free_splits(a, have->n);
	free_splits(b, want->n);
	return matched == want->n;
}

char *records_settle(struct records *have, const struct records *want, bool both)
{
	struct unobserved_list list = {};
	struct split *a, *b;
	char *names;

	if (have == want || (!has_open_fields(have) && !(both && has_open_fields(want))))
		return NULL;
	add_unobserved(&list, have, want);
	names = names_in(&list);
	if (both)
		add_unobserved(&list, want, have);
	a = split_all(have, &list);
	b = split_all(want, &list);
	match(a, have->n, b, want->n);
	for (size_t i = 0; i < have->n; i++)
		if (a[i].partner)
			have->line[a[i].line] = want->line[a[i].partner->line];
	qsort(have->line, have->n, sizeof(*have->line), by_text);
	free_splits(a, have->n);
	free_splits(b, want->n);
	return names;
}

/* Adds the fields that have a tilde. */
static void add_with_tilde(struct unobserved_list *list, const struct records *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *line = r->line[i], *word = line;

		while ((word = next_word(word)) && list->n < UNOBSERVED)
			if (word[name_length(word)] == '~' && !is_left_out(list, line, word))
				list->field[list->n++] = (struct unobserved){
					.kind = line, .kind_len = strcspn(line, " "),
					.name = word, .name_len = name_length(word),
				};
	}
}

static void leave_out(struct records *r, const struct unobserved_list *list)
{
	for (size_t i = 0; i < r->n; i++) {
		char *line = r->line[i], *to = line + strcspn(line, " ");

		for (const char *word = line; (word = next_word(word));) {
			size_t len = strcspn(word, " ");

			if (is_left_out(list, line, word))
				continue;
			/* It is moved to the left, so that what comes after it is as it was. */
			memmove(to + 1, word, len);
			*to = ' ';
			to += len + 1;
		}
		*to = 0;
	}
	if (r->n)
		qsort(r->line, r->n, sizeof(*r->line), by_text);
}

void records_leave_bounds(struct records **r, int n)
{
	struct unobserved_list list = {};
	struct unobserved *f = list.field;
	int i;

	for (i = 0; i < n; i++)
		add_with_tilde(&list, r[i]);
	/* The lines, to which these point, change. */
	for (i = 0; i < list.n; i++) {
		f[i].kind = strndup(f[i].kind, f[i].kind_len);
		f[i].name = strndup(f[i].name, f[i].name_len);
		if (!f[i].kind || !f[i].name)
			abort();
	}
	for (i = 0; i < n; i++)
		leave_out(r[i], &list);
	for (i = 0; i < list.n; i++) {
		free((char *)f[i].kind);
		free((char *)f[i].name);
	}
}

/* ---- records among those of others ---- */

/* The word that says of which task the line is, or NULL. */
static const char *task_of(const char *line)
{
	while ((line = next_word(line)))
		if (!strncmp(line, "pid=", 4) || !strncmp(line, "tgid=", 5))
			return line;
	return NULL;
}

/* Are both lines of one kind, and of one task? */
static bool same_task(const char *a, const char *b)
{
	const char *task = task_of(a), *other = task_of(b);
	size_t len = task ? strcspn(task, " ") : 0;

	return task && other && same_kind(a, b) && !strncmp(task, other, len) &&
	       (!other[len] || other[len] == ' ');
}

struct records records_of_tasks(const struct records *r, const struct records *of,
				const char *kind)
{
	struct records part = { .line = calloc(r->n + 1, sizeof(*part.line)) };

	if (!part.line)
		abort();
	for (size_t i = 0, k; i < r->n; i++) {
		if (!same_kind(r->line[i], kind))
			continue;
		for (k = 0; k < of->n && !same_task(r->line[i], of->line[k]); k++)
			;
		if (k < of->n)
			part.line[part.n++] = r->line[i];
	}
	return part;
}

const char *records_with(const struct records *r, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < r->n; i++)
		for (const char *at = r->line[i]; at; at = next_word(at))
			if (!strncmp(at, word, len) && (!at[len] || at[len] == ' '))
				return r->line[i];
	return NULL;
}

static bool same_value(const char *a, const char *b)
{
	a = value_of(a);
	b = value_of(b);
	return strcspn(a, " ") == strcspn(b, " ") && !strncmp(a, b, strcspn(a, " "));
}

/* Is it the field with the id of a task or a user? */
static bool is_id(const char *word)
{
	static const char *const ids[] = { "pid=", "tgid=", "tid=", "ppid=", "uid=" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!strncmp(word, ids[i], strlen(ids[i])))
			return true;
	return false;
}

static bool covers(const char *line, const char *want)
{
	unsigned long long number, least;
	char *end, *stop;

	if (!same_kind(line, want))
		return false;
	for (;;) {
		line = next_word(line);
		want = next_word(want);
		if (!line || !want)
			return !line && !want;
		if (name_length(line) != name_length(want) ||
		    strncmp(line, want, name_length(want)))
			return false;
		if (is_none(line) || value_of(want)[-2] == '~')
			continue;
		number = strtoull(value_of(line), &end, 10);
		least = strtoull(value_of(want), &stop, 10);
		if (is_id(want) || strcspn(end, " ") || strcspn(stop, " ") ?
		    !same_value(line, want) : number < least)
			return false;
	}
}

const char *records_uncovered(const struct records *have, const struct records *want)
{
	const struct records *both[] = { have, want };
	size_t at[2] = {}, count[2], i;
	const char *line;

	while ((line = records_next(both, 2, at, count))) {
		if (count[0] >= count[1])
			continue;
		for (i = 0; i < have->n && !covers(have->line[i], line); i++)
			;
		if (i == have->n)
			return line;
	}
	return NULL;
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

/* The length of @a if both words are equal, or if @b is within the bounds of @a; or else 0. */
static size_t equal_words(const char *a, const char *b)
{
	size_t len = strcspn(a, " "), name = strcspn(a, "= ");

	if (len == strcspn(b, " ") && !strncmp(a, b, len))
		return len;
	return name && a[name - 1] == '~' && is_within(value_of(b), value_of(a)) ? len : 0;
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
		if (equal_words(a, b))
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

static void add_word(char **all, const char *word, int len)
{
	char *more;

	if (asprintf(&more, "%s%s%.*s", *all ?: "", *all ? " " : "", len, word) < 0)
		abort();
	free(*all);
	*all = more;
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

/* The words in which the two differ, if they are out of bounds and nothing else differs. */
char *records_out_of_bounds(const char *was, const char *is)
{
	char *has = NULL, *expected = NULL, *text;
	const char *a = was, *b = is;

	for (; a && b; a = next_word(a), b = next_word(b)) {
		int name = strcspn(a, "= "), x = strcspn(a, " "), y = strcspn(b, " ");

		if (equal_words(a, b))
			continue;
		if (!name || a[name - 1] != '~')
			break;
		add_word(&has, b, y);
		add_word(&expected, a, x);
	}
	if (a || b || !has)
		text = NULL;
	else if (asprintf(&text, "has '%s', expected '%s', in '%s'", has, expected, is) < 0)
		abort();
	free(has);
	free(expected);
	return text;
}

struct records records_to_lose(struct records *r)
{
	struct records lose = { .line = calloc(r->n + 1, sizeof(*lose.line)) };

	if (!lose.line)
		abort();
	for (size_t i = 0; i < r->n; i++) {
		char *line = r->line[i];
		size_t len = strcspn(line, " ");

		if (len < 2 || line[len - 1] != '?')
			continue;
		memmove(line + 1, line, len - 1);
		r->line[i]++;
		lose.line[lose.n++] = r->line[i];
	}
	/* Without the "?" they have another place. */
	qsort(r->line, r->n, sizeof(*r->line), by_text);
	qsort(lose.line, lose.n, sizeof(*lose.line), by_text);
	return lose;
}

bool records_have(const struct records *r, const char *line)
{
	return r->n && bsearch(&line, r->line, r->n, sizeof(*r->line), by_text);
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
