// SPDX-License-Identifier: GPL-2.0
/*
 * bpftool_text.c - turns bpftool's output back into the bytes that bpftool has read.
 *
 * This reads only the JSON that bpftool writes: names have no escapes, and bytes are
 * strings from "0x00" to "0xff".  Members that it does not know are skipped; a newer
 * bpftool adds "formatted", for example, if the map has BTF.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpftool_text.h"

static int hex(char c)
{
	c = tolower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- event_pipe ---------------------------------------------------------------- */

/* Reads a line of hex digits; the padding of a record to 8 bytes is not part of it. */
static const char *take_bytes(struct event_text *t, const char *line)
{
	for (; *line; line++) {
		if (*line == ' ')
			continue;
		if (hex(line[0]) < 0 || hex(line[1]) < 0 || (line[2] && line[2] != ' '))
			return "a line is neither hex digits nor the start of a record";
		if (t->have++ < t->size)
			t->data[t->have - 1] = hex(line[0]) << 4 | hex(line[1]);
		line++;
	}
	return NULL;
}

static const char *take_line(struct event_text *t, const char *line)
{
	bool header = !strncmp(line, "== @", 4);
	const char *why;

	if (t->open && !header && strncmp(line, "lost ", 5)) {
		why = take_bytes(t, line);
		/* The record is complete with the line that has its last byte. */
		if (!why && t->have >= t->size) {
			t->seen++;
			t->event(t->data);
			t->open = false;
		}
		return why;
	}
	if (t->open)
		return "a record is too short";
	if (!header) {
		/* This is the padding of the last record, or says how many were lost. */
		t->have = 0;
		return strncmp(line, "lost ", 5) ? take_bytes(t, line) : NULL;
	}
	t->open = true;
	t->have = 0;
	return NULL;
}

const char *event_text_read(struct event_text *t, const char *text, size_t len)
{
	const char *why = NULL;

	if (!t->data)
		t->data = calloc(1, t->size);
	if (!t->data)
		return "out of memory";
	for (; len && !why; text++, len--) {
		if (*text != '\n') {
			if (t->len == sizeof(t->line) - 1)
				return "a line is too long";
			t->line[t->len++] = *text;
			continue;
		}
		t->line[t->len] = '\0';
		t->len = 0;
		why = take_line(t, t->line);
	}
	return why;
}

/* ---- map dump and map lookup ---------------------------------------------------- */

struct json {
	const char *at, *why;
};

static bool fail(struct json *j, const char *why)
{
	if (!j->why)
		j->why = *j->at ? why : "the output ends too early";
	return false;
}

static char next(struct json *j)
{
	while (*j->at && strchr(" \t\r\n", *j->at))
		j->at++;
	return *j->at;
}

static bool take(struct json *j, char c)
{
	if (next(j) != c)
		return fail(j, "the output is not the JSON of a map");
	j->at++;
	return true;
}

/* Returns true if there is a comma, and so a next element.  Otherwise @end has to follow. */
static bool more(struct json *j, char end)
{
	if (next(j) != ',')
		return take(j, end) && false;
	j->at++;
	return true;
}

/* Reads a string without its quotes, truncated to the size of @text. */
static bool take_string(struct json *j, char *text, size_t size)
{
	if (!take(j, '"'))
		return false;
	for (; *j->at != '"'; j->at++) {
		if (!*j->at || (*j->at == '\\' && !*++j->at))
			return fail(j, "");
		if (size > 1) {
			*text++ = *j->at;
			size--;
		}
	}
	*text = '\0';
	j->at++;
	return true;
}

/* Skips any value; inside of it, only brackets and strings have to be recognized. */
static bool skip(struct json *j)
{
	int depth = 0;
	char text[1];

	do {
		switch (next(j)) {
		case '"':
			if (!take_string(j, text, sizeof(text)))
				return false;
			break;
		case '[':
		case '{':
			depth++;
			j->at++;
			break;
		case ']':
		case '}':
			if (!depth--)
				return fail(j, "the output is not the JSON of a map");
			j->at++;
			break;
		case '\0':
			return fail(j, "");
		default:
			if (depth && strchr(",:", *j->at))
				j->at++;
			else if (isalnum(*j->at) || *j->at == '-')
				j->at += strspn(j->at, "0123456789+-.eEaflnrstu");
			else
				return fail(j, "the output is not the JSON of a map");
		}
	} while (depth > 0);
	return true;
}

/* Reads @size bytes from ["0x00",...]. */
static bool take_hex(struct json *j, unsigned char *bytes, size_t size)
{
	char text[8];
	size_t n = 0;

	if (next(j) == '{')
		return fail(j, "an entry could not be read");
	if (!take(j, '['))
		return false;
	if (!size && next(j) == ']')
		return take(j, ']');
	do {
		if (!take_string(j, text, sizeof(text)))
			return false;
		if (strlen(text) != 4 || strncmp(text, "0x", 2) || hex(text[2]) < 0 ||
		    hex(text[3]) < 0)
			return fail(j, "a byte is not of the form 0x00");
		if (n++ < size)
			bytes[n - 1] = hex(text[2]) << 4 | hex(text[3]);
	} while (more(j, ']'));
	if (!j->why && n != size)
		j->why = "keys or values have another size";
	return !j->why;
}

struct entry {
	size_t key_size, value_size;
	unsigned char *key, *values;
	unsigned int cnt, room;
	bool keyed;
};

static bool take_key(struct json *j, struct entry *e)
{
	e->keyed = true;
	return take_hex(j, e->key, e->key_size);
}

static bool take_value(struct json *j, struct entry *e)
{
	if (e->cnt == e->room) {
		unsigned int room = e->room ? 2 * e->room : 1;
		unsigned char *values = reallocarray(e->values, room, e->value_size);

		if (!values) {
			j->why = "out of memory";
			return false;
		}
		e->values = values;
		e->room = room;
	}
	if (!take_hex(j, e->values + e->cnt * e->value_size, e->value_size))
		return false;
	e->cnt++;
	return true;
}

/* Reads [{"cpu":0,"value":[...]},...]. */
static bool take_values(struct json *j, struct entry *e)
{
	char name[16];

	if (!take(j, '['))
		return false;
	do {
		if (!take(j, '{'))
			return false;
		do {
			if (!take_string(j, name, sizeof(name)) || !take(j, ':'))
				return false;
			if (strcmp(name, "value") ? !skip(j) : !take_value(j, e))
				return false;
		} while (more(j, '}'));
	} while (!j->why && more(j, ']'));
	return !j->why;
}

static bool take_entry(struct json *j, struct entry *e)
{
	char name[16];
	bool ok;

	e->cnt = 0;
	e->keyed = false;
	if (!take(j, '{'))
		return false;
	do {
		if (!take_string(j, name, sizeof(name)) || !take(j, ':'))
			return false;
		if (!strcmp(name, "key"))
			ok = take_key(j, e);
		else if (!strcmp(name, "value"))
			ok = take_value(j, e);
		else if (!strcmp(name, "values"))
			ok = take_values(j, e);
		else if (!strcmp(name, "error"))
			ok = fail(j, "an entry could not be read");
		else
			ok = skip(j);
		if (!ok)
			return false;
	} while (more(j, '}'));
	if (!j->why && !((e->keyed || !e->key_size) && e->cnt))
		j->why = "an entry has no key, or no value";
	return !j->why;
}

static bool take_entries(struct json *j, struct entry *e, map_text_fn entry)
{
	bool many = next(j) == '[';

	if (many) {
		j->at++;
		if (next(j) == ']') {
			j->at++;
			return true;
		}
	}
	do {
		if (!take_entry(j, e))
			return false;
		entry(e->key, e->values, e->cnt);
	} while (many && more(j, ']'));
	return !j->why;
}

const char *map_text_read(const char *text, size_t key_size, size_t value_size,
			  map_text_fn entry, const char **why)
{
	struct entry e = { .key_size = key_size, .value_size = value_size };
	struct json j = { .at = text };
	bool ok;

	e.key = malloc(key_size ?: 1);
	ok = e.key && take_entries(&j, &e, entry);
	free(e.key);
	free(e.values);
	*why = e.key ? j.why : "out of memory";
	return ok ? j.at : NULL;
}

bool bytes_text_read(const char *text, const char *name, void *bytes, size_t size)
{
	char wanted[32];
	struct json j;

	snprintf(wanted, sizeof(wanted), "\"%s\":", name);
	text = strstr(text, wanted);
	if (!text)
		return false;
	j = (struct json){ .at = text + strlen(wanted) };
	return take_hex(&j, bytes, size);
}
