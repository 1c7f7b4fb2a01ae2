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

static struct proc *join(struct family *f, const char *name, char *script)
{
	struct proc *p = family_add(f, name);

	free(p->path);
	if (asprintf(&p->path, "%s/foreign", opt.dir) < 0)
		abort();
	p->script = script;
	return p;
}

struct proc *foreign_add(struct family *f, const char *name, const char *command,
			 const char *records)
{
	char full[NAME_MAX + 1], *script;

	snprintf(full, sizeof(full), "%s.%s", f->stem, name);
	if (asprintf(&script, "tool() {\n%s\n}\nrecords() {\n%s\n}", command, records) < 0)
		abort();
	return join(f, full, script);
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

/* Returns the pid in a record, or -1. */
static long pid_in(const char *line)
{
	const char *pid = strstr(line, " pid=");
	char *end;
	long n;

	if (!pid)
		return -1;
	n = strtol(pid + 5, &end, 10);
	return end > pid + 5 && (!*end || *end == ' ') ? n : -1;
}

static int by_number(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long *pids_in(const struct records *r, size_t *n)
{
	long *pids = calloc(r->n + 1, sizeof(*pids)), pid;

	if (!pids)
		abort();
	for (size_t i = *n = 0; i < r->n; i++) {
		pid = pid_in(r->line[i]);
		if (pid >= 0)
			pids[(*n)++] = pid;
	}
	qsort(pids, *n, sizeof(*pids), by_number);
	return pids;
}

/* ---- which fields it has ---- */

/* Returns the next word after the one at @word, or NULL. */
static const char *next(const char *word)
{
	word += strcspn(word, " ");
	return *word ? word + 1 : NULL;
}

/* The length of the name in NAME=VALUE or NAME~=VALUE. */
static size_t name_len(const char *word)
{
	return strcspn(word, "~=");
}

/* Finds the word of @line that has the name of @word; NULL if there is none. */
static const char *same_name(const char *line, const char *word)
{
	size_t len = name_len(word);

	while ((line = next(line)))
		if (name_len(line) == len && !strncmp(line, word, len))
			return line;
	return NULL;
}

static bool is_none(const char *word)
{
	word += strcspn(word, "=");
	return !strncmp(word, "=-", 2) && (word[2] == ' ' || !word[2]);
}

/* Writes @line with the names of @model, in that order, and "-" for what it lacks. */
static bool write_like(int fd, const char *line, const char *model)
{
	const char *word, *mine;
	bool observes = false;

	dprintf(fd, "%.*s", (int)strcspn(line, " "), line);
	for (word = model; (word = next(word));) {
		mine = same_name(line, word);
		observes |= mine && !is_none(mine);
		if (mine)
			dprintf(fd, " %.*s", (int)strcspn(mine, " "), mine);
		else
			dprintf(fd, " %.*s=-", (int)strcspn(word, "="), word);
	}
	for (word = line; (word = next(word));) {
		if (same_name(model, word))
			continue;
		observes |= !is_none(word);
		dprintf(fd, " %.*s", (int)strcspn(word, " "), word);
	}
	dprintf(fd, "\n");
	return observes;
}

void foreign_settle(struct proc *p, const struct records *expected)
{
	int fd = memfd_create("settled", MFD_CLOEXEC);
	size_t n, i, copies;
	long pid, *pids = pids_in(expected, &n);

	if (fd < 0)
		abort();
	for (i = 0; i < p->records.n; i++) {
		const char *line = p->records.line[i];
		struct records kind = records_of(expected, line, strcspn(line, " "));

		pid = pid_in(line);
		if (n && pid >= 0 && !bsearch(&pid, pids, n, sizeof(*pids), by_number))
			continue;
		if (write_like(fd, line, kind.n ? kind.line[0] : ""))
			continue;
		/* It has none of this kind: then none of them is compared. */
		for (copies = 1; copies < kind.n; copies++)
			write_like(fd, line, kind.line[0]);
	}
	free(pids);
	records_free(&p->records);
	free(records_read(&p->records, fd));
	close(fd);
}
