// SPDX-License-Identifier: GPL-2.0
/*
 * types.c - describe maps in BTF, without moving existing types.
 *
 * For libbpf >= 1.0 a map is a variable in ".maps", whose type has a member for each
 * number, as clang makes it of
 *
 *	struct { __uint(type, ...); __uint(max_entries, ...); ... } m SEC(".maps");
 */
#include <stdlib.h>
#include <linux/btf.h>

#include "types.h"

#define MAX_LOOKUPS	32	/* of sections by name, in an object */

static bool has_section(const struct object *o, const char *name)
{
	for (uint32_t i = 1; i < o->nsecs; i++)
		if (o->secs[i].h.sh_size && !o->secs[i].unused && !strcmp(o->secs[i].name, name))
			return true;
	return false;
}

/* Externs have no section.  A very long name would take too much time to compare. */
static bool is_extern(const char *name)
{
	return !strcmp(name, ".kconfig") || !strcmp(name, ".ksyms") ||
	       strnlen(name, MAX_NAME) == MAX_NAME;
}

/*
 * Finds the variables of maps in their DATASECs.  These become unions, as the new object
 * has one DATASEC ".maps".  The first LLVM with BTF puts maps into a DATASEC ".data", for
 * which there is no section.
 */
static int read_datasecs(struct object *o, struct maps *maps, struct types *types)
{
	struct btf_edit *b = &types->btf;
	uint32_t ids = b->ids, lookups = MAX_LOOKUPS;

	types->gone = calloc(ids, sizeof(*types->gone));
	if (!types->gone)
		return m2b_no_memory(o);
	for (uint32_t id = 1; id < ids; id++) {
		uint32_t *t = btf_edit_type(b, id), vlen = BTF_WORD_VLEN(t[1]);
		const char *name = btf_edit_str(b, t[0]);

		if (btf_edit_kind(b, id) != BTF_KIND_DATASEC)
			continue;
		if (!names_maps(name) && strcmp(name, ".maps") &&
		    (t[2] || is_extern(name) || !lookups || !lookups-- || has_section(o, name)))
			continue;
		for (uint32_t i = 0; i < vlen; i++) {
			uint32_t var = t[3 + 3 * i], *v = btf_edit_type(b, var);
			struct map *m;

			if (btf_edit_kind(b, var) != BTF_KIND_VAR)
				return corrupt(o, "BTF: type %u in DATASEC \"%.64s\" is not a variable",
					       var, name);
			m = m2b_map_named(maps, btf_edit_str(b, v[0]));
			if (m)
				m->var = var;
			else if (!strcmp(name, ".maps"))
				return cannot(o, "BTF: no symbol for map %.64s",
					      btf_edit_str(b, v[0]));
			else if (v[3] == 2 && !strncmp(name, "maps", 4))
				return cannot(o, "map %.64s is declared as extern but not defined in this object",
					      btf_edit_str(b, v[0]));
		}
		/*
		 * The ids of other types must not change: replace the DATASEC by a
		 * union of the same size in BTF, which nothing refers to.
		 */
		t[0] = 0;
		t[1] = BTF_WORD_INFO(BTF_KIND_UNION, vlen);
		t[2] = 1;
		for (uint32_t i = 0; i < vlen; i++) {
			t[3 + 3 * i] = 0;
			t[4 + 3 * i] = types->byte;
			t[5 + 3 * i] = 0;
		}
		types->gone[types->ngone++] = id;
	}
	return 0;
}

/* BPF_ANNOTATE_KV_PAIR(): struct ____btf_map_NAME { key; value; }. */
static void read_annotations(struct maps *maps, struct types *types)
{
	static const char prefix[] = "____btf_map_";
	const struct btf_edit *b = &types->btf;

	for (uint32_t id = 1; id < b->ids; id++) {
		const uint32_t *t = btf_edit_type(b, id);
		const char *name = btf_edit_str(b, t[0]);
		struct map *m;

		if (btf_edit_kind(b, id) != BTF_KIND_STRUCT || BTF_WORD_VLEN(t[1]) != 2 ||
		    strncmp(name, prefix, strlen(prefix)))
			continue;
		m = m2b_map_named(maps, name + strlen(prefix));
		/* As libbpf 0.x did, ignore an annotation whose sizes differ. */
		if (m && m->legacy && btf_edit_size(b, t[4]) == m->field[KEY_SIZE] &&
		    btf_edit_size(b, t[7]) == m->field[VALUE_SIZE]) {
			m->key = t[4];
			m->value = t[7];
		}
	}
}

/* Offsets of the names of members in the strings of BTF. */
struct names {
	uint32_t field[FIELDS];		/* 0: libbpf has no such field */
	uint32_t key, value, values;
};

/* Adds a member as __uint(name, number) or __type(name, type) makes it. */
static void add_member(struct types *types, uint32_t *words, uint32_t *n, uint32_t name,
		       uint32_t type)
{
	words += 3 + 3 * *n;
	words[0] = name;
	words[1] = btf_edit_add_words(&types->btf, 0, BTF_WORD_INFO(BTF_KIND_PTR, 0), type);
	words[2] = 64 * (*n)++;
}

static uint32_t array_of(struct types *types, uint32_t element, uint32_t n)
{
	return btf_edit_add_words(&types->btf, 0, BTF_WORD_INFO(BTF_KIND_ARRAY, 0), 0, element,
				  types->byte, n);
}

/* An array that stands for @n.  Its elements are bytes, so that it is not too large. */
static uint32_t number(struct types *types, uint32_t n)
{
	return array_of(types, types->byte, n);
}

/* Adds a type for @m: its own type, or that of the model (inner map) of another map. */
static uint32_t add_map_type(const struct maps *maps, struct types *types, const struct map *m,
			     const struct names *nm, bool model, uint64_t *size)
{
	const struct map *inner = model ? NULL : m2b_model_of(maps, m);
	uint32_t words[3 + 3 * (FIELDS + 3)] = {}, n = 0, type;

	for (int f = 0; f < FIELDS; f++) {
		if (!nm->field[f] || !m->field[f] || (f == KEY_SIZE && m->key) ||
		    (f == VALUE_SIZE && (m->value || inner)) || (f == PINNING && model))
			continue;
		add_member(types, words, &n, nm->field[f], number(types, m->field[f]));
	}
	if (m->key)
		add_member(types, words, &n, nm->key, m->key);
	if (m->value && !inner)
		add_member(types, words, &n, nm->value, m->value);
	words[2] = *size = 8 * n;
	if (inner) {	/* as from clang, values[] adds nothing to the size */
		type = add_map_type(maps, types, inner, nm, true, size);
		*size = 8 * n;
		add_member(types, words, &n, nm->values, type);
		words[3 * n + 1] = array_of(types, words[3 * n + 1], 0);
	}
	words[1] = BTF_WORD_INFO(BTF_KIND_STRUCT, n);
	return btf_edit_add(&types->btf, words, 3 + 3 * n);
}

static void add_map(const struct maps *maps, struct types *types, struct map *m,
		    const struct names *nm)
{
	uint32_t *v, type = add_map_type(maps, types, m, nm, false, &m->new_size);

	m->new_size += 8ULL * m->slots;
	if (!m->var)
		m->var = btf_edit_add_words(&types->btf, btf_edit_add_str(&types->btf, m->name),
					    BTF_WORD_INFO(BTF_KIND_VAR, 0), 0, 0);
	v = btf_edit_type(&types->btf, m->var);
	if (!v)
		return;
	v[2] = type;
	v[3] = 1;	/* BTF_VAR_GLOBAL_ALLOCATED */
#define RANKS	3
}

static unsigned int rank(const struct map *m)
{
	return !m->legacy ? 0 : m->slots ? 2 : 1;
}

static int add_datasec(struct object *o, struct maps *maps, struct types *types, uint64_t size)
{
	uint32_t *words, n = 3;

	words = calloc(3 + 3 * maps->n, sizeof(*words));
	if (!words)
		return m2b_no_memory(o);
	words[0] = btf_edit_add_str(&types->btf, ".maps");
	words[1] = BTF_WORD_INFO(BTF_KIND_DATASEC, maps->n);
	words[2] = size;
	for (unsigned int r = 0; r < RANKS; r++) {
		for (uint32_t i = 0; i < maps->n; i++) {
			const struct map *m = &maps->map[i];

			if (rank(m) != r)
				continue;
			words[n++] = m->var;
			words[n++] = m->new_off;
			words[n++] = m->new_size;
		}
	}
	btf_edit_add(&types->btf, words, n);
	free(words);
	return 0;
}

static int by_sym_name(const void *a, const void *b, void *ctx)
{
	const struct object *o = ctx;

	return strcmp(sym_name(o, &o->syms[*(const uint32_t *)a]),
		      sym_name(o, &o->syms[*(const uint32_t *)b]));
}

/* Sets in_btf of symbol @name, if BTF and the symbol table agree whether it is extern. */
static void declare(struct object *o, const uint32_t *globals, uint32_t n, const char *name,
		    uint32_t linkage)
{
	uint32_t lo = 0, hi = n;
	struct sym *sym;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (strcmp(sym_name(o, &o->syms[globals[mid]]), name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == n || strcmp(sym_name(o, &o->syms[globals[lo]]), name))
		return;
	sym = &o->syms[globals[lo]];
	sym->in_btf |= linkage == (sym->s.st_shndx == SHN_UNDEF ? 2 : 1);
}

/*
 * libbpf or `bpftool gen object` resolve undefined symbols that BTF declares; the other
 * undefined symbols are dropped.
 */
int m2b_sort_globals(struct object *o, const struct types *types)
{
	const struct btf_edit *b = &types->btf;
	uint32_t *globals, n = 0;

	globals = calloc(o->nsyms, sizeof(*globals));
	if (!globals)
		return m2b_no_memory(o);
	for (uint32_t i = 1; i < o->nsyms; i++) {
		if (ELF64_ST_BIND(o->syms[i].s.st_info) == STB_LOCAL || o->syms[i].map)
			continue;
		if (strnlen(sym_name(o, &o->syms[i]), MAX_NAME) == MAX_NAME) {
			free(globals);
			return corrupt(o, "the name of symbol %u is longer than %u bytes", i,
				       MAX_NAME - 1);
		}
		globals[n++] = i;
	}
	qsort_r(globals, n, sizeof(*globals), by_sym_name, o);
	for (uint32_t id = 1; id < b->ids && n; id++) {
		const uint32_t *t = btf_edit_type(b, id);
		unsigned int kind = btf_edit_kind(b, id);

		if (kind == BTF_KIND_VAR || kind == BTF_KIND_FUNC)
			declare(o, globals, n, btf_edit_str(b, t[0]),
				kind == BTF_KIND_VAR ? t[3] : BTF_WORD_VLEN(t[1]));
	}
	for (uint32_t i = 0; i < n; i++)
		if (o->syms[globals[i]].s.st_shndx == SHN_UNDEF && !o->syms[globals[i]].in_btf)
			o->syms[globals[i]].drop = true;
	free(globals);
	return 0;
}

/* Does the kernel accept the name in BTF? */
static bool is_identifier(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n && n < 128 && !name[n] && (*name < '0' || *name > '9');
}

/*
 * `bpftool gen object` requires BTF for every global symbol.  Objects without -g or from
 * old LLVM have none: here a variable gets an array of bytes as its type, and a function
 * the type void f(void).
 */
static void add_globals(const struct object *o, struct types *types)
{
	struct btf_edit *b = &types->btf;
	uint32_t proto = 0;

	for (uint32_t i = 1; i < o->nsyms; i++) {
		const struct sym *sym = &o->syms[i];
		const char *name = sym_name(o, sym);

		if (ELF64_ST_BIND(sym->s.st_info) == STB_LOCAL || sym->in_btf || sym->map ||
		    sym->drop || !sym->sec || o->secs[sym->sec].drop || !is_identifier(name))
			continue;
		if (ELF64_ST_TYPE(sym->s.st_info) != STT_FUNC) {
			btf_edit_add_words(b, btf_edit_add_str(b, name),
					   BTF_WORD_INFO(BTF_KIND_VAR, 0),
					   number(types, sym->s.st_size), 1);
			continue;
		}
		if (!proto)
			proto = btf_edit_add_words(b, 0, BTF_WORD_INFO(BTF_KIND_FUNC_PROTO, 0), 0);
		btf_edit_add_words(b, btf_edit_add_str(b, name), BTF_WORD_INFO(BTF_KIND_FUNC, 1),
				   proto);
	}
}

int m2b_open_types(struct object *o, struct maps *maps, struct types *types)
{
	const struct sec *sec = &o->secs[o->btf_sec];
	const char *why;
	int err;

	err = btf_edit_open(&types->btf, sec->data, o->btf_sec ? sec->size : 0, o->swap, &why);
	if (err)
		return m2b_refuse(o, err, "BTF: %s", why);
	/* The first type that is appended is "unsigned char". */
	types->byte = types->btf.ids;
	return read_datasecs(o, maps, types);
}

int m2b_make_types(struct object *o, struct maps *maps, struct types *types)
{
	struct sec *sec = &o->secs[o->btf_sec];
	struct btf_edit *b = &types->btf;
	uint64_t end = o->dot_maps ? o->secs[o->dot_maps].size : 0;
	struct names nm;
	uint8_t *bytes;
	size_t size;
	int err;

	read_annotations(maps, types);
	btf_edit_add_words(b, btf_edit_add_str(b, "unsigned char"), BTF_WORD_INFO(BTF_KIND_INT, 0),
			   1, 8);
	nm = (struct names){
		.field[TYPE] = btf_edit_add_str(b, "type"),
		.field[KEY_SIZE] = btf_edit_add_str(b, "key_size"),
		.field[VALUE_SIZE] = btf_edit_add_str(b, "value_size"),
		.field[MAX_ENTRIES] = btf_edit_add_str(b, "max_entries"),
		.field[MAP_FLAGS] = btf_edit_add_str(b, "map_flags"),
		.field[NUMA_NODE] = btf_edit_add_str(b, "numa_node"),
		.field[PINNING] = btf_edit_add_str(b, "pinning"),
		.key = btf_edit_add_str(b, "key"),
		.value = btf_edit_add_str(b, "value"),
		.values = btf_edit_add_str(b, "values"),
	};
	for (unsigned int r = 0; r < RANKS; r++) {
		for (uint32_t i = 0; i < maps->n; i++) {
			struct map *m = &maps->map[i];

			if (rank(m) != r)
				continue;
			if (m->legacy) {
				add_map(maps, types, m, &nm);
				end = (end + 7) & ~7ULL;
				m->new_off = end;
				end += m->new_size;
				continue;
			}
			if (!m->var)
				return cannot(o, "BTF: no variable for map %s of \".maps\"",
					      m->name);
			m->new_off = m->off;
			m->new_size = m->size;
		}
	}
	err = add_datasec(o, maps, types, end);
	if (err)
		return err;
	add_globals(o, types);

	bytes = btf_edit_bytes(b, &size);
	if (!bytes)
		return m2b_no_memory(o);
	if (!o->btf_sec) {
		o->btf_sec = o->nsecs;
		sec = m2b_add_section(o, SHT_PROGBITS, 0, 4);
	}
	m2b_replace(sec, bytes, size);
	return 0;
}

void m2b_close_types(struct types *types)
{
	free(types->gone);
	btf_edit_close(&types->btf);
}
