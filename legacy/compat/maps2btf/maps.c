// SPDX-License-Identifier: GPL-2.0
/*
 * maps.c - find the maps of an object: symbols in sections of definitions, and in .maps.
 *
 * Two symbols at the same offset are one map.  A section of definitions becomes .maps; if
 * the object already has .maps, the section of definitions is dropped.
 */
#include <stdlib.h>

#include "maps.h"

#define MAX_MAPS	4096	/* of an object: a program can use 64 */

static int by_offset(const void *a, const void *b)
{
	const struct map *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	/* Two symbols at one offset are one map: that with a size comes first. */
	if (!x->size != !y->size)
		return x->size ? -1 : 1;
	return x->sym < y->sym ? -1 : x->sym > y->sym;
}

static int by_name(const void *a, const void *b)
{
	const struct map *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

struct map *m2b_map_named(const struct maps *maps, const char *name)
{
	struct map key = { .name = name }, *k = &key, **found;

	found = maps->n ? bsearch(&k, maps->by_name, maps->n, sizeof(*maps->by_name), by_name) :
			  NULL;
	return found ? *found : NULL;
}

struct map *m2b_map_at(const struct maps *maps, uint32_t sec, uint64_t off)
{
	uint32_t lo = 0, hi = maps->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct map *m = &maps->map[mid];

		if (m->sec < sec || (m->sec == sec && m->off <= off))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && maps->map[lo - 1].sec == sec ? &maps->map[lo - 1] : NULL;
}

int m2b_find_maps(struct object *o, struct maps *maps)
{
	struct map *last = NULL;
	uint32_t n = 0;

	maps->map = calloc(o->nsyms, sizeof(*maps->map));
	maps->by_name = calloc(o->nsyms, sizeof(*maps->by_name));
	if (!maps->map || !maps->by_name)
		return m2b_no_memory(o);
	for (uint32_t i = 1; i < o->nsyms; i++) {
		const struct sym *sym = &o->syms[i];
		unsigned int type = ELF64_ST_TYPE(sym->s.st_info);
		uint32_t sec = sym->sec;

		if (!sec || !(o->secs[sec].maps || sec == o->dot_maps) ||
		    (type != STT_OBJECT && type != STT_NOTYPE) || m2b_is_label(o, sym))
			continue;
		maps->map[n++] = (struct map){
			.sym = i, .sec = sec, .off = sym->value,
			.size = sym->s.st_size, .name = sym_name(o, sym),
			.legacy = o->secs[sec].maps,
		};
	}
	qsort(maps->map, n, sizeof(*maps->map), by_offset);

	for (uint32_t i = 0; i < n; i++) {
		struct map *m = &maps->map[i];
		const struct sec *s = &o->secs[m->sec];
		struct sym *sym = &o->syms[m->sym];

		if (strnlen(m->name, MAX_NAME) == MAX_NAME)
			return corrupt(o, "the name of symbol %u is longer than %u bytes", m->sym,
				       MAX_NAME - 1);
		if (last && last->sec == m->sec && last->off == m->off) {
			sym->map = last - maps->map + 1;
			sym->drop = true;
			continue;
		}
		last = &maps->map[maps->n++];
		*last = *m;
		maps->nlegacy += last->legacy;
		sym->map = maps->n;
		if (m->off > s->size || m->size > s->size - m->off)
			return corrupt(o, "map %s is outside of section \"%.64s\"", m->name,
				       s->name);
	}
	if (maps->n > MAX_MAPS)
		return cannot(o, "too many maps: %u", maps->n);
	for (uint32_t i = 0; i < maps->n; i++) {
		struct map *m = &maps->map[i], *next = m + 1;
		uint64_t end = i + 1 < maps->n && next->sec == m->sec ? next->off :
			       o->secs[m->sec].size;

		/* Old LLVM writes no sizes. */
		if (!m->size)
			m->size = end - m->off;
		if (m->size > end - m->off)
			return corrupt(o, "the definitions of maps %s and %s overlap",
				       m->name, next->name);
		maps->by_name[i] = m;
	}
	qsort(maps->by_name, maps->n, sizeof(*maps->by_name), by_name);
	for (uint32_t i = 1; i < maps->n; i++)
		if (!strcmp(maps->by_name[i - 1]->name, maps->by_name[i]->name))
			return cannot(o, "two maps have the name %s", maps->by_name[i]->name);
	for (uint32_t i = 1; i < o->nsecs; i++)
		if (o->secs[i].maps && o->secs[i].size && !m2b_map_at(maps, i, UINT64_MAX))
			return cannot(o, "section \"%.64s\" has definitions without symbols (possibly stripped): compile the object again",
				      o->secs[i].name);
	return 0;
}

int m2b_merge_sections(struct object *o, struct maps *maps)
{
	uint64_t end = 0;

	for (uint32_t i = 1; i < o->nsecs; i++) {
		if (!o->secs[i].maps)
			continue;
		if (o->dot_maps)
			o->secs[i].drop = true;
		else
			o->dot_maps = i;
	}
	for (uint32_t i = 0; i < maps->n; i++) {
		struct map *m = &maps->map[i];
		Elf64_Sym *s = &o->syms[m->sym].s;

		if (m->new_off + m->new_size > end)
			end = m->new_off + m->new_size;
		if (!m->legacy)
			continue;
		s->st_shndx = o->dot_maps;
		s->st_value = m->new_off;
		s->st_size = m->new_size;
		s->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
		s->st_other = STV_DEFAULT;
	}
	if (o->secs[o->dot_maps].maps)	/* replace the definitions by zeros */
		o->secs[o->dot_maps].size = 0;
	if (!m2b_resize(&o->secs[o->dot_maps], end))
		return m2b_no_memory(o);
	o->secs[o->dot_maps].h.sh_flags = SHF_ALLOC | SHF_WRITE;
	o->secs[o->dot_maps].h.sh_entsize = 0;
	if (o->secs[o->dot_maps].h.sh_addralign < 8)
		o->secs[o->dot_maps].h.sh_addralign = 8;
	return 0;
}

void m2b_free_maps(struct maps *maps)
{
	free(maps->map);
	free(maps->by_name);
}
