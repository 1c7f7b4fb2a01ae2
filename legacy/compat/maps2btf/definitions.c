// SPDX-License-Identifier: GPL-2.0
/*
 * definitions.c - read the definition of a map, in the layout of any known loader.
 *
 * A definition is a few numbers, and each loader had its own struct for them.  The layout
 * is recognized by the caller's choice, by the member names in BTF, or by the size and by
 * which values are plausible.  A definition that could be read in two ways is refused.
 */
#include <assert.h>
#include <stdio.h>
#include <linux/btf.h>

#include "maps.h"

#define MAX_MEMBERS	64	/* of a definition */
#define MAX_VISITS	(1U << 16)	/* to members of definitions, in an object */

/*
 * The fields, and the names that loaders gave them.  A layout has a letter for each
 * number of 32 bits; "n" is a path of 256 bytes, or anything else up to the end.
 */
const struct letter m2b_letters[] = {
	{ 'T', TYPE,		{ "type", "map_type", "type_" } },
	{ 'K', KEY_SIZE,	{ "key_size", "size_key" } },
	{ 'V', VALUE_SIZE,	{ "value_size", "size_value" } },
	{ 'M', MAX_ENTRIES,	{ "max_entries", "max_elem", "max_elems" } },
	{ 'F', MAP_FLAGS,	{ "map_flags", "flags" } },
	{ 'N', NUMA_NODE,	{ "numa_node" } },
	{ 'P', PINNING,		{ "pinning", "pin", "pinning_strategy" } },
	{ 'p', PINNING,		{ "pinning" } },	/* 1 means by name */
	{ 'I', INNER_IDX,	{ "inner_map_idx" } },
	{ 'i', ID,		{ "id", "map_id" } },
	{ 'j', INNER_ID,	{ "inner_id" } },
	{ 'S', INNER_SLOT,	{ "inner_idx" } },
	{ 'u', OWNER,		{ "uid", "gid", "mode", "zero", "bpfloader_min_ver",
				  "bpfloader_max_ver", "min_kver", "max_kver" } },
	{ '.', UNKNOWN,		{ "dummy", "pad", "padding", "unused" } },
	{}
};

static const struct layout {
	const char *name;
	unsigned int size;
	const char *letters;
} layouts[] = {
	{ "perf",	16, "TKVM" },
	{ "libbpf",	20, "TKVMF" },
	{ "inner",	24, "TKVMFI" },
	{ "calico",	24, "TKVMFi" },
	{ "samples",	28, "TKVMFIN" },	/* the kernel's samples/bpf */
	{ "tc",		28, "TKVMFiP" },	/* iproute2 before 4.13 */
	{ "cilium",	28, "TKVMFI." },
	{ "aya",	28, "TKVMFip" },	/* Rust's, of 2021 */
	{ "windows",	32, "TKVMIPij" },	/* ebpf-for-windows */
	{ "android",	32, "TKVMFuuu" },	/* 11, then 12 and 13 */
	{ "android",	40, "TKVMFuuun" },
	{ "android",	48, "TKVMFuuun" },
	{ "android",	116, "TKVMFuuun" },
	{ "android",	120, "TKVMFuuun" },
	{ "iproute2",	36, "TKVMFiPjS" },
	{ "gobpf",	280, "TKVMFPn" },
	{ "datadog",	284, "TKVMFIPn" },
};

static int set_field(struct object *o, struct map *m, enum field f, const char *name, uint32_t v)
{
	if (f == UNKNOWN && v)
		return cannot(o, "map %s: unknown field %.64s = %u in its definition (name the layout with --layout)",
			      m->name, name, v);
	m->field[f] = v;
	m->has |= 1U << f;
	m->has_inner_idx |= f == INNER_IDX;
	return 0;
}

/* Members that are no property of a map: where to pin it, for whom, on which system. */
static bool is_policy(const char *name)
{
	return !strcmp(name, "namespace") || !strcmp(name, "selinux_context") ||
	       !strcmp(name, "pin_subdir") || !strncmp(name, "ignore_on_", 10);
}

/* Reads a definition by the names of its members in BTF, which may be nested structs. */
static int read_by_members(struct object *o, struct maps *maps, struct map *m, uint32_t type,
			   uint32_t base, unsigned int depth)
{
	const uint32_t *t = btf_edit_type(maps->btf, type);
	const uint8_t *p = o->secs[m->sec].data + m->off;
	int err = 0;

	maps->visits += BTF_WORD_VLEN(t[1]);
	if (BTF_WORD_VLEN(t[1]) > MAX_MEMBERS || maps->visits > MAX_VISITS)
		return cannot(o, "map %s: its type has too many members for a map definition",
			      m->name);
	for (uint32_t i = 0; i < BTF_WORD_VLEN(t[1]) && !err; i++) {
		const char *name = btf_edit_str(maps->btf, t[3 + 3 * i]);
		uint64_t size = btf_edit_size(maps->btf, t[4 + 3 * i]);
		uint32_t bits = t[1] >> 31 ? t[5 + 3 * i] >> 24 : 0;	/* of a bit field */
		uint32_t bit = t[1] >> 31 ? t[5 + 3 * i] & 0xffffff : t[5 + 3 * i];
		uint32_t at = base + bit / 8;
		uint32_t inner = btf_edit_strip(maps->btf, t[4 + 3 * i]);
		enum field f = UNKNOWN;
		uint64_t v;

		if (bits)
			size = (bit % 8 + bits + 7) / 8;
		if (at > m->size || size > m->size - at)
			return corrupt(o, "BTF: member %.64s of map %s is outside of the definition",
				       name, m->name);
		if (btf_edit_kind(maps->btf, inner) == BTF_KIND_STRUCT && depth < 4) {
			err = read_by_members(o, maps, m, inner, at, depth + 1);
			continue;
		}
		for (const struct letter *l = m2b_letters; l->letter; l++)
			for (size_t j = 0; j < ARRAY_SIZE(l->names); j++)
				if (l->names[j] && !strcmp(name, l->names[j]))
					f = l->field;
		v = size == 4 ? get32(o, p + at) : size == 8 ? get64(o, p + at) : 0;
		/* A path, a pointer, or a number that is too large is refused if it is not 0. */
		if (size != 4 && (!v || f >= OWNER || v > UINT32_MAX)) {
			maps->visits += size / 64;
			for (uint64_t j = 0; j < size; j++)
				if (p[at + j] && !is_policy(name))
					return cannot(o, "map %s: unknown field %.64s is set in its definition",
						      m->name, name);
			continue;
		}
		/* The first five are libbpf's, even under other names. */
		if (f == UNKNOWN && v && at < 20 && at % 4 == 0) {
			f = at / 4;
			m->by_place = true;
		} else if (f <= MAP_FLAGS && at != 4 * f) {
			m->out_of_place = true;
		}
		if (f != UNKNOWN && m->has & 1U << f)
			return cannot(o, "map %s: its type has a second member %.64s: more than one definition in a variable is not supported",
				      m->name, name);
		err = set_field(o, m, f, name, v);
	}
	return err;
}

static int read_by_layout(struct object *o, struct map *m, const struct layout *l)
{
	const uint8_t *p = o->secs[m->sec].data + m->off;
	int err = 0;

	m->layout = l->name;
	if (m->size < l->size)
		return cannot(o, "map %s: its definition has %llu bytes, fewer than layout \"%s\" (%u bytes)",
			      m->name, (unsigned long long)m->size, l->name, l->size);
	for (const char *s = l->letters; *s && *s != 'n' && !err; s++, p += 4)
		for (const struct letter *letter = m2b_letters; letter->letter; letter++)
			if (letter->letter == *s)
				err = set_field(o, m, letter->field, letter->names[0],
						get32(o, p) << (*s == 'p'));
	return err;
}

/* Reads a definition in layout @l; true if the value of each field is plausible. */
static bool makes_sense(struct object *o, struct maps *maps, struct map *m, const struct layout *l)
{
	size_t why_size = o->why_size;
	bool outer;
	int err;

	o->why_size = 0;	/* to keep the text: failing is no error here */
	err = read_by_layout(o, m, l);
	o->why_size = why_size;
	outer = IS_OUTER(m->field[TYPE]);
	if (err || (outer && !strpbrk(l->letters, "Ij")))
		return false;
	if (!outer && (m->field[INNER_IDX] || m->field[INNER_ID]))
		return false;
	if (m->field[INNER_IDX] >= maps->nlegacy)
		return false;
	if (m->field[NUMA_NODE] && !(m->field[MAP_FLAGS] & BPF_F_NUMA_NODE))
		return false;
	if (m->field[OWNER] && !(m->field[OWNER] & 0400))
		return false;	/* the last of the three is a mode; the owner can read */
	return m->field[PINNING] <= 2;
}

/* Do two layouts of a definition result in the same map? */
static bool same_map(const struct map *a, const struct map *b)
{
	uint32_t numa = a->field[MAP_FLAGS] & BPF_F_NUMA_NODE;

	return !memcmp(a->field, b->field, (MAP_FLAGS + 1) * sizeof(*a->field)) &&
	       (!numa || a->field[NUMA_NODE] == b->field[NUMA_NODE]) &&
	       (a->field[PINNING] == 2) == (b->field[PINNING] == 2) &&
	       (!IS_OUTER(a->field[TYPE]) ||
		(a->has_inner_idx == b->has_inner_idx &&
		 a->field[INNER_IDX] == b->field[INNER_IDX] &&
		 a->field[INNER_ID] == b->field[INNER_ID]));
}

static bool has_members(const struct maps *maps, const struct map *m)
{
	const uint32_t *v = btf_edit_type(maps->btf, m->var);

	return v && btf_edit_kind(maps->btf, btf_edit_strip(maps->btf, v[2])) == BTF_KIND_STRUCT;
}

/*
 * The definitions of an object have the same struct: if a layout is impossible for one of
 * them, it is ruled out for all of the same size.
 */
static void rule_out(struct object *o, struct maps *maps)
{
	static_assert(ARRAY_SIZE(layouts) <= MAX_LAYOUTS, "MAX_LAYOUTS is too small");

	for (uint32_t i = 0; i < maps->n && !maps->ruled; i++) {
		const struct map *m = &maps->map[i];

		if (!m->legacy || has_members(maps, m))
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(layouts); j++) {
			struct map as = *m;

			if (m->size == layouts[j].size && !makes_sense(o, maps, &as, &layouts[j]))
				maps->ruled_out[j] = true;
		}
	}
	maps->ruled = true;
}

/*
 * Without a layout from the caller and without BTF, the layout is found by the size and
 * by which values are plausible.  A field of 0 has no meaning in any layout, except that
 * an inner map index of 0 is the first map.
 */
static int read_by_size(struct object *o, struct maps *maps, struct map *m)
{
	const uint8_t *p = o->secs[m->sec].data + m->off;
	const struct layout *l = NULL, *fits = NULL;
	struct map first, other;
	unsigned int n = 0, used = 0;
	char names[128] = "";
	bool same = true;

	for (uint64_t i = 0; i < m->size; i++)
		if (p[i])
			used = i + 1;
	rule_out(o, maps);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		if (m->size != layouts[i].size)
			continue;
		l = &layouts[i];
		if (strlen(names) + strlen(l->name) + 3 < sizeof(names)) {
			strcat(names, n ? ", " : "");
			strcat(names, l->name);
		}
		n++;
		if (maps->ruled_out[i])
			continue;
		other = *m;
		makes_sense(o, maps, &other, l);
		if (!fits)
			first = other;
		fits = fits ? fits : l;
		same &= same_map(&first, &other);
	}
	/*
	 * If only one layout has this size, take it, even if all other fields are 0: the
	 * first map may be the inner map.  But 40 bytes may also be two definitions of
	 * 20, so the values of Android's layouts must be plausible.
	 */
	if (n == 1 && (fits || !strchr(l->letters, 'u')))
		return read_by_layout(o, m, l);
	/* As libbpf 0.x did: a longer definition whose other bytes are 0. */
	if (!(fits && IS_OUTER(get32(o, p))) &&
	    (used <= 16 || (used <= 20 && m->size != 32))) {
		for (uint64_t i = 0; i < 20; i += 4)
			set_field(o, m, i / 4, "", i < m->size ? get32(o, p + i) : 0);
		m->layout = m->size < 20 ? "perf" : "libbpf";
		if (n && IS_OUTER(m->field[TYPE]))
			m2b_note(o, "map %s: map of maps without an inner map; if its layout names one (%s), name the layout with --layout",
				 m->name, names);
		return 0;
	}
	if (fits && same)
		return read_by_layout(o, m, fits);
	if (n > 1)
		return cannot(o, "map %s: a definition of %llu bytes can have layout %s: name it with --layout, or compile with -g",
			      m->name, (unsigned long long)m->size, names);
	return cannot(o, "map %s: no known layout for a definition of %llu bytes%s",
		      m->name, (unsigned long long)m->size,
		      m->size % 20 ? "" : " (possibly an array of definitions, which is not supported)");
}

/* Is there a definition that is long enough for the layout that the caller has named? */
static bool fits_another(const struct maps *maps, const struct layout *l)
{
	for (uint32_t i = 0; i < maps->n; i++)
		if (maps->map[i].legacy && maps->map[i].size >= l->size)
			return true;
	return false;
}

int m2b_read_fields(struct object *o, struct maps *maps, struct map *m)
{
	const uint32_t *v = btf_edit_type(maps->btf, m->var);
	uint32_t type = v ? btf_edit_strip(maps->btf, v[2]) : 0;
	const struct layout *named = NULL;
	int err;

	if (m->size < 16 || m->size % 4)
		return corrupt(o, "map %s: invalid size of a definition: %llu bytes", m->name,
			       (unsigned long long)m->size);
	for (size_t i = 0; maps->layout && i < ARRAY_SIZE(layouts); i++)
		if (!strcmp(maps->layout, layouts[i].name) &&
		    (!named || m->size == layouts[i].size))
			named = &layouts[i];
	if (maps->layout && !named)
		return cannot(o, "unknown layout \"%.64s\"", maps->layout);
	if (btf_edit_kind(maps->btf, type) == BTF_KIND_ARRAY)
		return cannot(o, "map %s: an array of definitions is not supported", m->name);
	if (named && m->size < named->size && fits_another(maps, named))
		named = NULL;
	if (named)
		err = read_by_layout(o, m, named);
	else if (btf_edit_kind(maps->btf, type) == BTF_KIND_STRUCT)
		err = read_by_members(o, maps, m, type, 0, 0);
	else
		err = read_by_size(o, maps, m);
	if (!named && btf_edit_kind(maps->btf, type) == BTF_KIND_STRUCT)
		m->layout = "BTF";
	if (err)
		return err;
	if (m->by_place && m->out_of_place)
		return cannot(o, "map %s: some members of its definition have unknown names, and others are not at the offset that libbpf expects (name the layout with --layout)",
			      m->name);
	if (!m->field[TYPE])
		return cannot(o, "map %s has type 0 (BPF_MAP_TYPE_UNSPEC)", m->name);
	return 0;
}

int m2b_read_definition(struct object *o, struct maps *maps, struct map *m)
{
	int err = m2b_read_fields(o, maps, m);

	if (err)
		return err;
	if (m->field[PINNING] == 2)
		m2b_note(o, "map %s: will be pinned by name below pin_root_path (iproute2 used /sys/fs/bpf/tc/globals)",
			 m->name);
	else if (m->field[PINNING])
		m2b_note(o, "map %s: pinning %u (%s) is not supported by libbpf: the map will not be pinned",
			 m->name,
			 m->field[PINNING], m->field[PINNING] == 1 ? "by object" : "specific to its loader");
	if (m->field[OWNER])
		m2b_note(o, "map %s: owner and mode are not supported by libbpf: they will not be set",
			 m->name);
	m->field[PINNING] = m->field[PINNING] == 2;	/* LIBBPF_PIN_BY_NAME */
	if (!(m->field[MAP_FLAGS] & BPF_F_NUMA_NODE))
		m->field[NUMA_NODE] = 0;
	return 0;
}

const struct map *m2b_model_of(const struct maps *maps, const struct map *m)
{
	const struct map *inner = NULL;
	uint32_t n = 0;

	if (!IS_OUTER(m->field[TYPE]))
		return NULL;
	for (uint32_t i = 0; i < maps->n && !inner; i++) {
		const struct map *other = &maps->map[i];

		if (!other->legacy)
			continue;
		if (m->field[INNER_ID] ? other->field[ID] == m->field[INNER_ID] :
					 m->has_inner_idx && n == m->field[INNER_IDX])
			inner = other;
		n++;
	}
	return inner && !IS_OUTER(inner->field[TYPE]) ? inner : NULL;
}

/* iproute2 puts a map with an id into each map of maps whose inner_id is this id. */
static bool goes_into(const struct map *m, const struct map *outer)
{
	return m->legacy && m->has & 1U << INNER_SLOT && m->field[INNER_SLOT] != UINT32_MAX &&
	       m->field[ID] && !m->field[INNER_ID] && !IS_OUTER(m->field[TYPE]) &&
	       outer->legacy && IS_OUTER(outer->field[TYPE]) &&
	       outer->field[INNER_ID] == m->field[ID];
}

/* Lists the slots to fill in; notes those that libbpf cannot fill in from .maps. */
void m2b_find_slots(struct object *o, struct maps *maps)
{
	for (uint32_t i = 0; i < maps->n; i++) {
		const struct map *m = &maps->map[i];
		uint32_t slot = m->field[INNER_SLOT];

		for (uint32_t j = 0; j < maps->n && m->field[ID]; j++) {
			struct map *outer = &maps->map[j];

			if (!goes_into(m, outer))
				continue;
			if (maps->nslots == MAX_SLOTS || slot >= MAX_SLOTS ||
			    slot >= outer->field[MAX_ENTRIES] || outer->field[KEY_SIZE] != 4) {
				m2b_note(o, "map %s: the loader has to insert it into slot %u of map %s",
					 m->name, slot, outer->name);
				continue;
			}
			if (outer->slots <= slot)
				outer->slots = slot + 1;
			maps->slots[maps->nslots].outer = outer;
			maps->slots[maps->nslots++].map = m;
		}
	}
}

/*
 * iproute2 puts the program of a section ID/SLOT into the PROG_ARRAY with this id.
 * libbpf can do that, too, if relocations of the map say so.  But then tc fails: it loads
 * only the program that it attaches, and not those for the PROG_ARRAY.
 */
void m2b_note_tail_calls(struct object *o, struct maps *maps)
{
	for (uint32_t i = 1; i < o->nsecs; i++) {
		const char *name = o->secs[i].name;
		int id, slot, end = 0;

		if (!executable(&o->secs[i]) || strnlen(name, MAX_NAME) == MAX_NAME ||
		    sscanf(name, "%i/%i%n", &id, &slot, &end) != 2 || name[end])
			continue;
		for (uint32_t j = 0; id && j < maps->n; j++) {
			const struct map *m = &maps->map[j];

			if (m->legacy && m->field[TYPE] == BPF_MAP_TYPE_PROG_ARRAY &&
			    m->field[ID] == (uint32_t)id)
				m2b_note(o, "section %s: the loader has to insert its program into slot %d of map %s",
					 name, slot, m->name);
		}
	}
}

/* Refuses definitions with relocations: of the known loaders only goebpf has pointers. */
int m2b_refuse_pointers(struct object *o)
{
	for (uint32_t i = 1; i < o->nsecs; i++) {
		const struct sec *s = &o->secs[i];

		if (relocations(s) && s->size && s->h.sh_info < o->nsecs &&
		    o->secs[s->h.sh_info].maps)
			return cannot(o, "section \"%.64s\": definitions with pointers, such as those of goebpf (inner_map_def, persistent_path), are not supported",
				      o->secs[s->h.sh_info].name);
	}
	return 0;
}

const char *m2b_layout(int i)
{
	for (size_t j = 0; i >= 0 && j < ARRAY_SIZE(layouts); j++)
		if (!(j && !strcmp(layouts[j - 1].name, layouts[j].name)) && !i--)
			return layouts[j].name;
	return NULL;
}
