// SPDX-License-Identifier: GPL-2.0
/*
 * foreign.c - other people's tools, which stand beside the variants of a family.
 *
 * Such a tool is a script for sh that the program foreign runs: see there what it defines.  It
 * is a file, STEM-TOOL.WHOSE, or two words on the command line.  What it prints is compared as
 * that of a variant is, but it counts for neither generation.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "equiv/equiv.h"

#define MOST	64

static struct tool {
	const char *path;	/* of a file or directory; or NULL */
	const char *name;	/* or else these three */
	const char *command;
	const char *records;
} tools[MOST];
static int nr_tools;

/* Returns what is behind the "=" of NAME=REST, and ends NAME there; NULL if it is not that. */
static char *split(char *text)
{
	char *end = text;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == text || *end != '=')
		return NULL;
	*end = 0;
	return end + 1;
}

void foreign_with(char *with)
{
	struct tool *t = &tools[nr_tools];

	if (nr_tools == MOST) {
		fprintf(stderr, "equiv: --with is given more than %d times\n", MOST);
		exit(1);
	}
	nr_tools++;
	t->command = split(with);
	*(t->command ? &t->name : &t->path) = with;
}

void foreign_records(char *records)
{
	const char *filter = split(records);
	struct tool *t;

	for (t = tools; filter && t < tools + nr_tools; t++) {
		if (t->name && !strcmp(t->name, records)) {
			t->records = filter;
			return;
		}
	}
	fprintf(stderr, "equiv: --records is NAME=FILTER, after the --with NAME=COMMAND of that name\n");
	exit(1);
}

static void join(struct family *f, const char *name, char *script)
{
	struct proc *p = family_add(f, name);

	free(p->path);
	if (asprintf(&p->path, "%s/foreign", opt.dir) < 0)
		abort();
	p->script = script;
}

void foreign_add(struct family *f, const char *name, const char *command, const char *records)
{
	char full[NAME_MAX + 1], *script;

	snprintf(full, sizeof(full), "%s.%s", f->stem, name);
	if (asprintf(&script, "tool() {\n%s\n}\nrecords() {\n%s\n}", command, records) < 0)
		abort();
	join(f, full, script);
}

/* Adds @text to the script as one word. */
static char *quote(char *to, const char *text)
{
	*to++ = '\'';
	for (; *text; text++)
		if (*text == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *text;
	return stpcpy(to, "'");
}

/* A script that reads the file @path, and in which $stages is its directory. */
static char *script_of(char *path)
{
	char *script = malloc(8 * strlen(path) + 32), *slash = strrchr(path, '/');

	if (!script)
		abort();
	*slash = 0;
	slash = quote(stpcpy(script, "stages="), path);
	path[strlen(path)] = '/';
	quote(stpcpy(slash, "\n. "), path);
	return script;
}

static bool join_file(struct family *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	char full[PATH_MAX];

	if (!family_stage(slash ? slash + 1 : path, f->stem) || !realpath(path, full))
		return false;
	join(f, strrchr(full, '/') + 1, script_of(full));
	return true;
}

void foreign_add_file(struct family *f, const char *name, const char *path)
{
	char full[NAME_MAX + 1], *real = realpath(path, NULL);

	if (!real)
		abort();
	snprintf(full, sizeof(full), "%s.%s", f->stem, name);
	join(f, full, script_of(real));
	free(real);
}

static void join_directory(struct family *f, const char *path)
{
	char file[PATH_MAX];
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		join_file(f, file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int foreign_join(struct family *f)
{
	struct stat st;

	for (struct tool *t = tools; t < tools + nr_tools; t++) {
		if (t->name && !t->records) {
			fprintf(stderr, "equiv: --with %s=... needs a filter: --records %s=FILTER\n",
				t->name, t->name);
			return -1;
		}
		if (t->name) {
			foreign_add(f, t->name, t->command, t->records);
			continue;
		}
		if (stat(t->path, &st)) {
			fprintf(stderr, "equiv: --with %s: %s\n", t->path, strerror(errno));
			return -1;
		}
		if (S_ISDIR(st.st_mode)) {
			join_directory(f, t->path);
		} else if (!join_file(f, t->path)) {
			fprintf(stderr, "equiv: --with %s: its name is not %s[-TOOL].WHOSE\n",
				t->path, f->stem);
			return -1;
		}
	}
	return 0;
}

/* ---- which records are of observed processes ---- */

static int by_number(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static bool is_pid(const char *value, const long *pids, size_t n)
{
	char *end;
	long pid = strtol(value, &end, 10);

	return end > value && (!*end || *end == ' ') &&
	       bsearch(&pid, pids, n, sizeof(*pids), by_number);
}

/* Is it of one of the processes?  If it has no field "pid", that is not known. */
static bool is_of(const char *line, const long *pids, size_t n)
{
	const char *pid = strstr(line, " pid=");

	if (pid)
		return is_pid(pid + strlen(" pid="), pids, n);
	/* The words of a line, see pair.c: one of them is the pid. */
	if (strncmp(line, "line 1=", 7))
		return true;
	while ((line = strchr(line, '=')))
		if (is_pid(++line, pids, n))
			return true;
	return false;
}

static long *pids_in(const struct records *r, size_t *n)
{
	long *pids = malloc((r->n + 1) * sizeof(*pids));

	if (!pids)
		abort();
	for (size_t i = *n = 0; i < r->n; i++) {
		const char *pid = strstr(r->line[i], " pid=");

		if (pid)
			pids[(*n)++] = atol(pid + strlen(" pid="));
	}
	return pids;
}

/* ---- which fields it has ---- */

/* The names of all fields of a kind, in the order in which the records have them. */
struct names {
	const char **word;
	size_t n;
};

/* Returns the next word after the one at @word, or NULL. */
static const char *next(const char *word)
{
	word += strcspn(word, " ");
	return *word ? word + 1 : NULL;
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "~=");

	return strcspn(b, "~=") == len && !strncmp(a, b, len);
}

/* Finds the word of @line that has the name of @word; NULL if there is none. */
static const char *find_name(const char *line, const char *word)
{
	while ((line = next(line)) && !same_name(line, word))
		;
	return line;
}

static bool has_name(const struct names *names, const char *word)
{
	for (size_t i = 0; i < names->n; i++)
		if (same_name(names->word[i], word))
			return true;
	return false;
}

static struct names names_of(const struct records *r, const char *kind)
{
	struct records some = records_of(r, kind, strcspn(kind, " "));
	struct names names = {};

	for (size_t i = 0; i < some.n; i++) {
		for (const char *word = some.line[i]; (word = next(word));) {
			if (has_name(&names, word))
				continue;
			names.word = realloc(names.word, (names.n + 1) * sizeof(*names.word));
			if (!names.word)
				abort();
			names.word[names.n++] = word;
		}
	}
	return names;
}

/* Has it any value that is not "-"? */
static bool observes(const char *line)
{
	while ((line = next(line))) {
		const char *value = line + strcspn(line, "=");

		if (strncmp(value, "=-", 2) || (value[2] && value[2] != ' '))
			return true;
	}
	return false;
}

/*
 * Writes @line with the fields of @theirs, in that order, and "-" for those that are not in
 * @mine at all.
 */
static void write_like(int fd, const char *line, const struct names *mine,
		       const struct names *theirs)
{
	const char *word;

	dprintf(fd, "%.*s", (int)strcspn(line, " "), line);
	for (size_t i = 0; i < theirs->n; i++) {
		word = find_name(line, theirs->word[i]);
		if (word)
			dprintf(fd, " %.*s", (int)strcspn(word, " "), word);
		else if (!has_name(mine, theirs->word[i]))
			dprintf(fd, " %.*s=-", (int)strcspn(theirs->word[i], "="), theirs->word[i]);
	}
	for (word = line; (word = next(word));)
		if (!has_name(theirs, word))
			dprintf(fd, " %.*s", (int)strcspn(word, " "), word);
	dprintf(fd, "\n");
}

void foreign_settle_of(struct proc *p, const struct records *expected, long *pids, size_t n)
{
	int fd = memfd_create("settled", MFD_CLOEXEC);
	struct names mine = {}, theirs = {};
	const char *kind = "";

	if (fd < 0)
		abort();
	qsort(pids, n, sizeof(*pids), by_number);
	for (size_t i = 0; i < p->records.n; i++) {
		const char *line = p->records.line[i];
		size_t len = strcspn(line, " "), copies = 1;

		if (n && !is_of(line, pids, n))
			continue;
		if (strncmp(line, kind, len + 1)) {
			free(mine.word);
			free(theirs.word);
			mine = names_of(&p->records, line);
			theirs = names_of(expected, line);
			kind = line;
		}
		/* It has none of this kind: then none of them is compared. */
		if (!observes(line))
			copies = records_of(expected, line, len).n;
		while (copies--)
			write_like(fd, line, &mine, &theirs);
	}
	free(mine.word);
	free(theirs.word);
	records_free(&p->records);
	free(records_read(&p->records, fd));
	close(fd);
}

void foreign_settle(struct proc *p, const struct records *expected)
{
	size_t n;
	long *pids = pids_in(expected, &n);

	foreign_settle_of(p, expected, pids, n);
	free(pids);
}
