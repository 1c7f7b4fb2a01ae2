// SPDX-License-Identifier: GPL-2.0
/*
 * show.c - prints the result of a family, as KTAP or as a table.
 *
 * KTAP is for a test harness (Documentation/dev-tools/ktap.rst): a test per family,
 * with a nested test per variant.  The table is for a person.  It shows the records
 * themselves, since they are what is compared: how many of each kind there are,
 * whether they are equal, and what they look like.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "equiv/equiv.h"

#define DIFFERING	5	/* at most so many differing records are shown */
#define KINDS		16	/* at most so many kinds of records are in a table */

struct kind {
	const char *name;
	int len;
};

static const char *colour(const char *code)
{
	static int on = -1;
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	if (on < 0)
		on = isatty(1) && !(no && *no) && term && strcmp(term, "dumb");
	return on ? code : "";
}

#define GREEN	colour("\033[32m")
#define RED	colour("\033[31m")
#define YELLOW	colour("\033[33m")
#define BOLD	colour("\033[1m")
#define DIM	colour("\033[2m")
#define PLAIN	colour("\033[0m")

static const char *kernel(void)
{
	static struct utsname u;
	static char text[sizeof(u.sysname) + sizeof(u.release) + sizeof(u.machine) + 4];

	uname(&u);
	snprintf(text, sizeof(text), "%s %s %s", u.sysname, u.release, u.machine);
	return text;
}

static const char *plural(int n, const char *what)
{
	static char text[2][64];
	static int i;

	i = !i;
	snprintf(text[i], sizeof(text[i]), "%d %s%s", n, what, n == 1 ? "" : "s");
	return text[i];
}

/* "raw" or "xattr.libbpf": a variant's name within its family. */
static const char *short_name(struct family *f, struct proc *p)
{
	return p == f->proc ? "expected" : p->name + strlen(f->stem) + 1;
}

/* Prints text of several lines, each after a prefix. */
static void lines(const char *text, const char *prefix)
{
	const char *end;

	for (; text && *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		printf("%s%.*s\n", prefix, (int)(end - text), text);
	}
}

/* Finds all whose records were read; first comes the workload, if there is no COMMAND. */
static int collected(struct family *f, struct proc **who, const struct records **r)
{
	int i, n = 0;

	for (i = !!opt.command; i < f->n; i++) {
		if (i && !f->proc[i].collected)
			continue;
		who[n] = &f->proc[i];
		r[n++] = &f->proc[i].records;
	}
	return n;
}

/* Prints the first records that differ, and which variants have and lack them. */
static void differing(struct family *f, const char *prefix)
{
	const struct records *r[f->n];
	size_t at[f->n], count[f->n], most;
	struct proc *who[f->n];
	int n, i, shown = 0;
	const char *line;

	if (f->reference < 0)
		return;
	memset(at, 0, sizeof(at));
	n = collected(f, who, r);
	while (shown < DIFFERING && (line = records_next(r, n, at, count))) {
		for (i = 1; i < n && count[i] == count[0]; i++)
			;
		if (i >= n || records_have(&f->lose, line))
			continue;
		if (!shown++)
			printf("%sfirst records that differ:\n", prefix);
		printf("%s  %s\n%s    has it:", prefix, line, prefix);
		for (i = 0, most = 0; i < n; i++) {
			if (count[i] > most)
				most = count[i];
			if (count[i] == 1)
				printf(" %s", short_name(f, who[i]));
			else if (count[i])
				printf(" %s (%zu times)", short_name(f, who[i]), count[i]);
		}
		for (i = 0; i < n && count[i]; i++)
			;
		if (i < n)
			printf("\n%s    lacks it:", prefix);
		for (; i < n; i++)
			if (!count[i])
				printf(" %s", short_name(f, who[i]));
		printf("\n");
	}
}

static bool has_second(const struct family *f)
{
	return f->later[PASS_STORM] && f->later[PASS_STORM]->reference >= 0;
}

/* The variant in the second pass, if it was in it to the end. */
static const struct proc *lossy(struct family *f, struct proc *p)
{
	return has_second(f) && f->later[PASS_STORM]->proc[p - f->proc].collected ?
	       &f->later[PASS_STORM]->proc[p - f->proc] : NULL;
}

/* What the workload says that it does not do here, for each pass the same. */
static void not_made(struct family *f, const char *prefix)
{
	char line[400];

	for (unsigned int i = 0; !opt.command && proc_not_made(f->proc, i, line, sizeof(line)); i++)
		printf("%s%s\n", prefix, line);
}

/* ---- KTAP ---- */

static void ktap(struct family *f, int number, const char *suffix)
{
	const char *in = "    ";
	struct proc *p;
	int i = 0;

	if (f->reference < 0 && !f->passed && !f->failed && !f->skipped) {
		printf("%s %d %s%s%s%s\n", f->verdict == SKIPPED ? "ok" : "not ok", number,
		       f->stem, suffix, f->verdict == SKIPPED ? " # SKIP " : "",
		       f->verdict == SKIPPED ? f->why : "");
		if (f->verdict != SKIPPED)
			lines(f->why, "# ");
		return;
	}
	printf("%sKTAP version 1\n%s# Subtest: %s%s\n%s1..%d\n", in, in, f->stem, suffix, in,
	       f->n - 1);
	if (opt.command)
		printf("%s# no expected records, the command is %s, %s\n", in, opt.command[0],
		       kernel());
	else
		printf("%s# %zu records expected, %s, %s\n", in, f->proc[0].records.n,
		       plural(f->rounds, "round"), kernel());
	not_made(f, "    # ");
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (p->collected)
			printf("%s# %s: %zu records, seen=%llu lost=%llu missed=%llu\n",
			       in, p->name,
			       p->records.n, (unsigned long long)p->seen,
			       (unsigned long long)p->lost, (unsigned long long)p->missed);
		if (lossy(f, p))
			printf("%s# %s: under a storm, lost %llu of %zu records\n", in, p->name,
			       (unsigned long long)lossy(f, p)->lost, f->later[PASS_STORM]->live);
		if (p->unobserved)
			printf("%s# %s: does not observe %s\n", in, p->name, p->unobserved);
		if (p->verdict == FAILED)
			lines(p->why, "    # ");
		else if (p->verdict == UNDECIDED)
			printf("%s# not judged: %s\n", in, f->why ? f->why : "the run was ended");
		if (p->verdict == SKIPPED)
			printf("%sok %d %s # SKIP %s\n", in, ++i, p->name, p->why);
		else
			printf("%s%s %d %s\n", in, p->verdict == PASSED ? "ok" : "not ok", ++i,
			       p->name);
	}
	if (f->failed)
		differing(f, "    # ");
	if (f->verdict == SKIPPED) {
		printf("ok %d %s%s # SKIP %s\n", number, f->stem, suffix, f->why);
	} else {
		if (f->why)
			lines(f->why, "# ");
		printf("%s %d %s%s\n", f->verdict == PASSED ? "ok" : "not ok", number, f->stem,
		       suffix);
	}
}

/* ---- the table ---- */

static int find_kinds(struct family *f, struct kind *kinds)
{
	const struct records *r[f->n];
	size_t at[f->n], count[f->n];
	struct proc *who[f->n];
	const char *line;
	int n, k = 0;

	memset(at, 0, sizeof(at));
	n = collected(f, who, r);
	while ((line = records_next(r, n, at, count))) {
		int len = strcspn(line, " ");

		if (k && kinds[k - 1].len == len && !strncmp(kinds[k - 1].name, line, len))
			continue;
		if (k == KINDS)
			break;
		kinds[k++] = (struct kind){ line, len };
	}
	return k;
}

static int wide(struct kind kind)
{
	return kind.len > 9 ? kind.len : 9;
}

/* "120 of 450": what was lost in the storm; for the workload what was expected. */
static const char *in_storm(struct family *f, struct proc *p)
{
	const struct proc *s = lossy(f, p);
	static char text[48];

	if (p == f->proc)
		return "";
	snprintf(text, sizeof(text), "-");
	if (s)
		snprintf(text, sizeof(text), "%llu of %zu", (unsigned long long)s->lost,
			 f->later[PASS_STORM]->live);
	return text;
}

static void row(struct family *f, struct proc *p, struct kind *kinds, int n_kinds, int width)
{
	const struct records *expected = &f->proc[f->reference].records;
	int i;

	printf("  %-*s", width, short_name(f, p));
	if (p->verdict == SKIPPED) {
		printf("  %sskipped: %s%s\n", YELLOW, p->why, PLAIN);
		return;
	}
	if (p != f->proc && !p->collected) {
		printf("  %sno result%s\n", RED, PLAIN);
		return;
	}
	for (i = 0; i < n_kinds; i++) {
		struct records mine = records_of(&p->records, kinds[i].name, kinds[i].len);
		struct records theirs = records_of(expected, kinds[i].name, kinds[i].len);
		bool equal = records_equal(&mine, &theirs);

		printf("  %*zu %s%-2s%s", wide(kinds[i]), mine.n,
		       p == f->proc ? "" : equal ? GREEN : RED,
		       p == f->proc ? "" : equal ? "=" : "!=", PLAIN);
	}
	if (p == f->proc)
		printf("  %6s  %6s", "", "");
	else
		printf("  %s%6llu%s  %6llu", p->lost ? RED : "", (unsigned long long)p->lost,
		       p->lost ? PLAIN : "", (unsigned long long)p->missed);
	if (has_second(f))
		printf("  %13s", in_storm(f, p));
	printf("  %s%08x%s", DIM, (unsigned int)records_digest(&p->records), PLAIN);
	if (p->unobserved)
		printf("  does not observe %s", p->unobserved);
	printf("\n");
}

static void samples(struct family *f, struct kind *kinds, int n_kinds)
{
	const struct records *expected = &f->proc[f->reference].records;
	int columns = 96, i, j;

	printf("\n");
	for (i = 0; i < n_kinds; i++) {
		struct records some = records_of(expected, kinds[i].name, kinds[i].len);
		const char *line, *last = "";
		int show = n_kinds > 1 ? 2 : 3;

		/* Spread over all of them, since neighbours are apt to be alike. */
		for (j = 0; j < show && some.n; j++, last = line) {
			line = some.line[j * some.n / show];
			if (!strcmp(line, last))
				continue;
			printf("  %s%.*s%s%s\n", DIM, columns, line,
			       (int)strlen(line) > columns ? "..." : "", PLAIN);
		}
	}
}

static void table(struct family *f, const char *suffix)
{
	const char *against = opt.command ? "with each other" : "with what is expected";
	struct kind kinds[KINDS];
	int n_kinds, width = strlen("expected"), i;
	struct proc *p;

	printf("%s%s%s%s: ", BOLD, f->stem, suffix, PLAIN);
	if (f->reference >= 0)
		printf("%s in %s, ", plural(f->proc[f->reference].records.n, "record"),
		       plural(f->rounds, "round"));
	printf("%s\n", kernel());
	for (p = f->proc + 1; p < f->proc + f->n; p++)
		if ((int)strlen(short_name(f, p)) > width)
			width = strlen(short_name(f, p));
	if (f->reference >= 0) {
		n_kinds = find_kinds(f, kinds);
		printf("\n  %s%-*s", DIM, width, "");
		for (i = 0; i < n_kinds; i++)
			printf("  %*.*s   ", wide(kinds[i]), kinds[i].len, kinds[i].name);
		printf("  %6s  %6s  ", "lost", "missed");
		if (has_second(f))
			printf("%13s  ", "lost in storm");
		printf("%s%s\n", "fingerprint", PLAIN);
		for (p = f->proc + !!opt.command; p < f->proc + f->n; p++)
			row(f, p, kinds, n_kinds, width);
		samples(f, kinds, n_kinds);
	}
	printf("\n");
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (p->verdict == SKIPPED && f->reference < 0) {
			printf("  %s%s: skipped: %s%s\n", YELLOW, p->name, p->why, PLAIN);
		} else if (p->verdict == FAILED) {
			printf("  %s%s%s\n", RED, p->name, PLAIN);
			lines(p->why, "    ");
		}
	}
	if (f->failed)
		differing(f, "  ");
	not_made(f, "  ");
	if (f->verdict == PASSED)
		printf("%sPASS%s %s: %s agree %s", GREEN, PLAIN, f->stem,
		       plural(f->passed, "variant"), against);
	else
		printf("%s%s%s %s: %s", f->verdict == SKIPPED ? YELLOW : RED,
		       f->verdict == SKIPPED ? "SKIP" : "FAIL", PLAIN, f->stem,
		       f->why ? f->why : "the run was ended");
	if (f->skipped && f->verdict == PASSED)
		printf(", %d skipped", f->skipped);
	printf("\n\n");
}

/* ---- both ---- */

void show_start(int tests)
{
	if (!opt.table)
		printf("KTAP version 1\n1..%d\n", tests);
}

void show_family(struct family *f, int number, int repetition)
{
	char suffix[32] = "";

	if (opt.repeat > 1)
		snprintf(suffix, sizeof(suffix), " run %d of %d", repetition, opt.repeat);
	if (!opt.table)
		ktap(f, number, suffix);
	else if (opt.repeat > 1 && f->verdict == PASSED)
		printf("%sPASS%s %s%s: %s agree\n", GREEN, PLAIN, f->stem, suffix,
		       plural(f->passed, "variant"));
	else if (opt.repeat > 1 && f->verdict == SKIPPED && repetition > 1)
		printf("%sSKIP%s %s%s: %s\n", YELLOW, PLAIN, f->stem, suffix, f->why);
	else
		table(f, suffix);
	fflush(stdout);
}

void show_skip(const char *why)
{
	if (opt.table)
		printf("%sSKIP%s %s\n", YELLOW, PLAIN, why);
	else
		printf("KTAP version 1\n1..0 # SKIP %s\n", why);
	fflush(stdout);
}
