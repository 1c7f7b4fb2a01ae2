// SPDX-License-Identifier: GPL-2.0
/*
 * maps2btf.c - turn SEC("maps") into SEC(".maps"), or list the contents of an object.
 *
 * Only the definition of a map changes, not the map: a struct of a few numbers in the
 * section "maps" becomes a variable in ".maps", whose type has a member for each number.
 * This file calls the steps in their order.  Each step is a module of its own; object.h
 * lists the modules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <linux/btf.h>

#include "maps2btf.h"
#include "output.h"
#include "relocations.h"

/* An object that is converted, and what is known about it; all zero at first. */
struct conversion {
	struct object object;
	struct maps maps;
	struct types types;
};

static int read_object(struct conversion *c)
{
	struct object *o = &c->object;
	int err = m2b_open(o);

	c->maps.btf = &c->types.btf;
	if (o->legacy) {
		err = err ?: m2b_place_common(o);
		err = err ?: m2b_move_subprograms(o);
	}
	err = err ?: m2b_fix_functions(o);
	return err ?: m2b_find_maps(o, &c->maps);
}

static void finish(struct conversion *c)
{
	m2b_close_types(&c->types);
	m2b_free_maps(&c->maps);
	m2b_close(&c->object);
}

/* ---- converting ------------------------------------------------------------------- */

static int copy(struct object *o, void **out, size_t *out_size)
{
	*out = malloc(o->in_size);
	if (!*out)
		return m2b_no_memory(o);
	memcpy(*out, o->in, o->in_size);
	*out_size = o->in_size;
	return 0;
}

/* Reads the definitions, and makes types of them. */
static int convert_maps(struct object *o, struct maps *maps, struct types *types)
{
	int err = m2b_open_types(o, maps, types);

	for (uint32_t i = 0; i < maps->n && !err; i++)
		if (maps->map[i].legacy)
			err = m2b_read_definition(o, maps, &maps->map[i]);
	if (err)
		return err;
	m2b_find_slots(o, maps);
	m2b_note_tail_calls(o, maps);
	err = m2b_fix_ext(o, &types->btf);
	err = err ?: m2b_sort_globals(o, types);
	err = err ?: m2b_make_types(o, maps, types);
	err = err ?: m2b_merge_sections(o, maps);
	return err ?: m2b_name_sections(o);
}

static int convert(struct conversion *c, bool then, void **out, size_t *out_size)
{
	struct object *o = &c->object;
	struct maps *maps = &c->maps;
	int err;

	err = read_object(c);
	err = err ?: m2b_refuse_pointers(o);
	if (err)
		return err;
	if (maps->nlegacy || then)
		m2b_drop_unused(o, maps->nlegacy);
	for (uint32_t i = 1; i < o->nsecs; i++)
		o->changed |= o->secs[i].maps;
	if (!o->changed)
		return copy(o, out, out_size);
	if (maps->nlegacy)
		err = convert_maps(o, maps, &c->types);
	for (uint32_t i = 1; i < o->nsecs && !maps->nlegacy; i++)
		o->secs[i].drop |= o->secs[i].maps;	/* empty, but libbpf refuses the name */
	if (err)
		return err;
	m2b_number_symbols(o);
	err = m2b_fix_relocations(o, maps, &c->types, then);
	err = err ?: m2b_add_slots(o, maps);
	return err ?: m2b_write(o, out, out_size);
}

static int run(const void *in, size_t in_size, const char *layout, bool then, void **out,
	       size_t *out_size, bool *renamed, char *why, size_t why_size)
{
	struct conversion c = {
		.object = { .in = in, .in_size = in_size, .why = why, .why_size = why_size },
		.maps.layout = layout,
	};
	int err;

	*out = NULL;
	*out_size = 0;
	err = convert(&c, then, out, out_size);
	*renamed = !err && c.object.only_text;
	finish(&c);
	return err;
}

int maps2btf(const void *in, size_t in_size, const char *layout,
	     void **out, size_t *out_size, char *why, size_t why_size)
{
	bool renamed;

	return run(in, in_size, layout, false, out, out_size, &renamed, why, why_size);
}

int maps2btf_then(const void *in, size_t in_size, const char *layout, void **out,
		  size_t *out_size, bool *renamed, char *why, size_t why_size)
{
	return run(in, in_size, layout, true, out, out_size, renamed, why, why_size);
}

/* ---- listing ------------------------------------------------------------------------ */

/* Lists the fields of a map in .maps: numbers, and the sizes of key and value. */
static void list_btf_map(const struct btf_edit *b, const struct map *m, struct maps2btf_map *out)
{
	const uint32_t *v = btf_edit_type(b, m->var);
	const uint32_t *t = v ? btf_edit_type(b, btf_edit_strip(b, v[2])) : NULL;

	if (!t || BTF_WORD_KIND(t[1]) != BTF_KIND_STRUCT) {
		out->problem = "no definition in BTF";
		return;
	}
	out->layout = "BTF";
	for (uint32_t i = 0;
	     i < BTF_WORD_VLEN(t[1]) && out->nfields < ARRAY_SIZE(out->fields); i++) {
		struct maps2btf_field *f = &out->fields[out->nfields];
		uint32_t to = t[4 + 3 * i];
		const uint32_t *p = btf_edit_type(b, to);

		f->name = btf_edit_str(b, t[3 + 3 * i]);
		if (btf_edit_kind(b, to) != BTF_KIND_PTR)
			continue;
		if (btf_edit_kind(b, p[2]) == BTF_KIND_ARRAY)
			f->value = btf_edit_type(b, p[2])[5];
		else
			f->value = btf_edit_size(b, p[2]);
		if (!strcmp(f->name, "key"))
			f->name = "key_size";
		else if (!strcmp(f->name, "value"))
			f->name = "value_size";
		out->nfields++;
	}
}

/* Lists a definition of unknown layout: all layouts have the same first four fields. */
static void list_words(const struct object *o, const struct map *m, struct maps2btf_map *out,
		       char names[][12])
{
	const uint8_t *p = o->secs[m->sec].data + m->off;

	for (uint32_t i = 0; i < m->size / 4 && i < ARRAY_SIZE(out->fields); i++) {
		snprintf(names[i], 12, "byte_%u", 4 * i);
		out->fields[out->nfields++] = (struct maps2btf_field){
			i < 4 ? m2b_letters[i].names[0] : names[i], get32(o, p + 4 * i)
		};
	}
}

static void list_map(struct conversion *c, struct map *m, struct maps2btf_map *out,
		     char names[][12])
{
	struct object *o = &c->object;

	*out = (struct maps2btf_map){ .name = m->name, .section = o->secs[m->sec].name };
	if (!m->legacy) {
		list_btf_map(&c->types.btf, m, out);
		return;
	}
	if (m2b_read_fields(o, &c->maps, m))
		out->problem = o->why;
	if (!m->layout) {
		list_words(o, m, out, names);
		return;
	}
	out->layout = m->layout;
	for (const struct letter *l = m2b_letters; l->letter; l++)
		if (m->has & 1U << l->field && l->letter != 'p')
			out->fields[out->nfields++] = (struct maps2btf_field){
				l->names[0], m->field[l->field]
			};
}

/* Maps of ".maps" and the names of members are read from BTF, the rest from ELF. */
int maps2btf_list(const void *in, size_t in_size, const char *layout,
		  void (*map)(void *ctx, const struct maps2btf_map *m),
		  void (*prog)(void *ctx, const struct maps2btf_prog *p), void *ctx,
		  char *why, size_t why_size)
{
	char reason[512] = "", names[ARRAY_SIZE(((struct maps2btf_map *)0)->fields)][12];
	struct conversion c = {
		.object = { .in = in, .in_size = in_size,
			    .why = reason, .why_size = sizeof(reason) },
		.maps.layout = layout,
	};
	const struct object *o = &c.object;
	int err = read_object(&c);

	if (!err && c.maps.n)
		err = m2b_open_types(&c.object, &c.maps, &c.types);
	for (uint32_t i = 0; i < c.maps.n && !err; i++) {
		struct maps2btf_map m;

		*reason = 0;
		list_map(&c, &c.maps.map[i], &m, names);
		map(ctx, &m);
		*reason = 0;
	}
	for (uint32_t i = 1; i < o->nsyms && !err; i++) {
		const struct sym *sym = &o->syms[i];
		const struct sec *s = &o->secs[sym->sec];

		if (!executable(s) || ELF64_ST_TYPE(sym->s.st_info) != STT_FUNC)
			continue;
		prog(ctx, &(struct maps2btf_prog){
			.name = sym_name(o, sym), .section = s->name,
			.offset = sym->value, .size = sym->s.st_size,
			.subprogram = sym->sec == o->text && !o->only_text,
		});
	}
	if (why_size)
		snprintf(why, why_size, "%s", reason);
	finish(&c);
	return err;
}

const char *maps2btf_layouts(int i)
{
	return m2b_layout(i);
}
