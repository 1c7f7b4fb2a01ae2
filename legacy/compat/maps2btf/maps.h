/* SPDX-License-Identifier: GPL-2.0 */
/*
 * maps.h - the maps of an object: where they are, and what their definitions say.
 *
 * maps.c finds the maps, definitions.c reads their definitions.  types.c finds a map's
 * BTF variable and stores its id here; maps2btf.c sets the pointer to the BTF.
 */
#ifndef MAPS2BTF_MAPS_H
#define MAPS2BTF_MAPS_H

#include <linux/bpf.h>

#include "btf_edit.h"
#include "object.h"

#define MAX_LAYOUTS	20
#define MAX_SLOTS	1024	/* slots to fill in: of a map of maps, and of an object */

#define IS_OUTER(type)	((type) == BPF_MAP_TYPE_ARRAY_OF_MAPS || \
			 (type) == BPF_MAP_TYPE_HASH_OF_MAPS)

/* The fields of definitions; loaders have different names for them. */
enum field {
	TYPE, KEY_SIZE, VALUE_SIZE, MAX_ENTRIES, MAP_FLAGS,
	NUMA_NODE,	/* has a meaning only with BPF_F_NUMA_NODE */
	PINNING,	/* iproute2's: 1 is by object, 2 for all objects */
	INNER_IDX,	/* of a map of maps: the number of the map that is its model */
	ID,		/* iproute2's: a number that INNER_ID and ID/SLOT refer to */
	INNER_ID,	/* of a map of maps: the ID of its model and its contents */
	INNER_SLOT,	/* where a map is to be in the map of maps */
	OWNER,		/* Android's: uid, gid, mode, and versions of the system */
	UNKNOWN,
	FIELDS
};

struct map {
	uint32_t sym;
	uint32_t sec;
	uint64_t off, size;	/* of the definition, in its old section */
	uint64_t new_off, new_size;
	const char *name;
	bool legacy;		/* it is not in .maps yet */
	uint32_t field[FIELDS];
	uint32_t has;		/* a bit for each field that the definition has */
	const char *layout;
	bool has_inner_idx;	/* if so, 0 means the first map */
	bool by_place;		/* some of libbpf's five fields are known by offset only, */
	bool out_of_place;	/* or one of them, known by name, has another offset */
	uint32_t slots;		/* of a map of maps: the last slot that is filled in, + 1 */
	uint32_t var;		/* BTF id of the variable */
	uint32_t key, value;	/* BTF ids of types, from struct ____btf_map_NAME */
};

struct maps {
	const char *layout;	/* the one that the caller names, or NULL */
	const struct btf_edit *btf;	/* the types of definitions */
	struct map *map;	/* sorted by section and offset */
	uint32_t n, nlegacy;
	struct map **by_name;
	struct {
		const struct map *outer, *map;
	} slots[MAX_SLOTS];	/* what goes into maps of maps */
	uint32_t nslots;
	uint32_t visits;	/* to members of definitions */
	bool ruled;		/* the next has been filled in: */
	bool ruled_out[MAX_LAYOUTS];	/* the values rule out this layout */
};

/* The names of a field; the first one is libbpf's, or its loader's. */
struct letter {
	char letter;		/* 0 after the last */
	enum field field;
	const char *names[8];
};

extern const struct letter m2b_letters[];

int m2b_find_maps(struct object *o, struct maps *maps);
void m2b_free_maps(struct maps *maps);
struct map *m2b_map_named(const struct maps *maps, const char *name);
/* The last map of @sec that begins at or before @off. */
struct map *m2b_map_at(const struct maps *maps, uint32_t sec, uint64_t off);
/* Makes one section .maps out of the sections of definitions. */
int m2b_merge_sections(struct object *o, struct maps *maps);

/* ---- of definitions.c --------------------------------------------------------------- */

/* The names of the layouts, one by one; NULL after the last. */
const char *m2b_layout(int i);
/* Reads the fields of a definition; m2b_read_definition() also notes which get lost. */
int m2b_read_fields(struct object *o, struct maps *maps, struct map *m);
int m2b_read_definition(struct object *o, struct maps *maps, struct map *m);
/* iproute2's ids: list the maps that go into maps of maps; note tail calls. */
void m2b_find_slots(struct object *o, struct maps *maps);
void m2b_note_tail_calls(struct object *o, struct maps *maps);
/* The map that a map of maps has as its model; NULL if the definition names none. */
const struct map *m2b_model_of(const struct maps *maps, const struct map *m);
/* Refuses definitions with pointers. */
int m2b_refuse_pointers(struct object *o);

#endif
