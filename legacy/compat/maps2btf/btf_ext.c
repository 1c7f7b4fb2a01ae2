// SPDX-License-Identifier: GPL-2.0
/*
 * btf_ext.c - change .BTF.ext: functions, lines and CO-RE relocations of instructions.
 *
 * The records are in groups, one for each section, with the section's name.  libbpf
 * >= 1.0 fails on empty or broken parts that 0.x ignored: these are dropped.  The records
 * of code that was moved to .text are moved to its group.  libbpf's btf_ext__*() read
 * .BTF.ext, too, but cannot write it.
 */
#include <stdlib.h>

#include "types.h"

#define EXT_PARTS	3	/* functions, lines, CO-RE */

struct ext_group {		/* the records of a section */
	uint32_t name, n;
	const uint8_t *records;
	uint32_t place;		/* 1: .text, 2...: moved to .text, 0: others */
};

/* Reads the group at *@at; returns false if it does not end before @end. */
static bool next_group(const struct object *o, const uint8_t *p, uint64_t *at, uint64_t end,
		       uint32_t rec, struct ext_group *g)
{
	if (end - *at < 8)
		return false;
	g->name = get32(o, p + *at);
	g->n = get32(o, p + *at + 4);
	g->records = p + *at + 8;
	*at += 8;
	if (!g->n || (end - *at) / rec < g->n)
		return false;
	*at += (uint64_t)g->n * rec;
	return true;
}

/* Is the part complete?  libbpf >= 1.0 fails on a broken part, which 0.x ignored. */
static bool check_part(const struct object *o, const uint8_t *p, uint64_t at, uint64_t end,
		       unsigned int part)
{
	static const uint32_t least[EXT_PARTS] = { 8, 16, 16 };
	struct ext_group g;
	uint32_t rec = get32(o, p + at);

	if (rec < least[part] || rec % 4)
		return false;
	for (at += 4; at < end;)
		if (!next_group(o, p, &at, end, rec, &g))
			return false;
	return true;
}

/* Where the records of a section go: see struct ext_group. */
static uint32_t place_of(const struct object *o, const struct btf_edit *btf, uint32_t name_off)
{
	const char *name = btf_edit_str(btf, name_off);

	if (!o->nmoved && !o->only_text)
		return 0;
	if (!strcmp(name, ".text"))
		return 1;
	for (uint32_t i = 0; i < o->nmoved; i++)
		if (!strcmp(name, o->secs[o->moved[i]].name))
			return i + 2;
	return 0;
}

static uint8_t *copy_group(const struct object *o, const struct ext_group *g, uint32_t rec,
			   uint64_t base, uint8_t *to)
{
	memcpy(to, g->records, (size_t)g->n * rec);
	for (uint32_t i = 0; base && i < g->n; i++, to += rec)
		put32(o, to, get32(o, to) + base);
	return base ? to : to + (size_t)g->n * rec;
}

/* Copies a part to *@to; records of code that was moved to .text join those of .text. */
static int copy_part(struct object *o, struct btf_edit *btf, const uint8_t *p, uint64_t from,
		     uint64_t end, uint8_t **to)
{
	struct ext_group *g = calloc((end - from) / 8 + 1, sizeof(*g));
	uint32_t rec = get32(o, p + from), n = 0, total = 0;
	uint8_t *count = NULL;

	if (!g)
		return m2b_no_memory(o);
	for (uint64_t at = from + 4; at < end; n++) {
		next_group(o, p, &at, end, rec, &g[n]);
		g[n].place = place_of(o, btf, g[n].name);
	}
	memcpy(*to, p + from, 4);
	*to += 4;
	for (uint32_t place = 1; place <= o->nmoved + 1; place++) {
		for (uint32_t i = 0; i < n; i++) {
			if (g[i].place != place)
				continue;
			if (!count) {
				put32(o, *to, place == 1 && !o->only_text ? g[i].name :
				      btf_edit_add_str(btf, o->only_text ? "text" : ".text"));
				count = *to + 4;
				*to += 8;
			}
			*to = copy_group(o, &g[i], rec, place == 1 ? 0 :
					 o->secs[o->moved[place - 2]].base, *to);
			total += g[i].n;
			put32(o, count, total);
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		if (g[i].place)
			continue;
		put32(o, *to, g[i].name);
		put32(o, *to + 4, g[i].n);
		*to = copy_group(o, &g[i], rec, 0, *to + 8);
	}
	free(g);
	return 0;
}

int m2b_fix_ext(struct object *o, struct btf_edit *btf)
{
	struct sec *s = &o->secs[o->ext_sec];
	uint64_t from[EXT_PARTS] = {}, end[EXT_PARTS] = {};
	bool bad = false, left = false;
	uint8_t *new, *to;
	uint32_t header;
	int err = 0;

	if (!o->ext_sec)
		return 0;
	header = s->size >= 24 ? get32(o, s->data + 4) : 0;
	if (header < 24 || header > s->size)
		goto drop;
	for (unsigned int i = 0; i < EXT_PARTS && 16 + 8 * i <= header; i++) {
		uint64_t off = get32(o, s->data + 8 + 8 * i) + (uint64_t)header;
		uint64_t len = get32(o, s->data + 12 + 8 * i);

		if (!len)
			continue;
		if (off % 4 || off > s->size || len > s->size - off)
			goto drop;
		if (len <= 4) {
			bad = true;
			continue;
		}
		if (!check_part(o, s->data, off, off + len, i))
			goto drop;
		from[i] = off;
		end[i] = off + len;
		left = true;
	}
	if (!left)
		goto drop;
	if (!bad && !o->nmoved && !o->only_text)
		return 0;
	new = calloc(1, s->size * EXT_PARTS + 64);
	if (!new)
		return m2b_no_memory(o);
	memcpy(new, s->data, header);
	to = new + header;
	for (unsigned int i = 0; i < EXT_PARTS && 16 + 8 * i <= header; i++) {
		uint8_t *part = to;

		if (end[i] && !err)
			err = copy_part(o, btf, s->data, from[i], end[i], &to);
		put32(o, new + 8 + 8 * i, part - new - header);
		put32(o, new + 12 + 8 * i, to - part);
	}
	m2b_replace(s, new, to - new);
	/* Drop relocations of .BTF.ext: nobody reads them, and their offsets are old. */
	for (uint32_t i = 1; i < o->nsecs; i++)
		if (relocations(&o->secs[i]) && o->secs[i].h.sh_info == o->ext_sec)
			o->secs[i].drop = true;
	return err;
drop:
	s->drop = true;
	return 0;
}
