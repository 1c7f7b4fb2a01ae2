/* SPDX-License-Identifier: GPL-2.0 */
/*
 * maps.h - the maps of an object: where they are, and what their definitions say.
 *
 * maps.c finds them, definitions.c reads the definitions.  What is in BTF of them is known by
 * types.c, which comes later: it leaves a map's variable here, and the BTF to read it in.
 */
#ifndef MAPS2BTF_MAPS_H
#define MAPS2BTF_MAPS_H

#include <linux/bpf.h>

#include "btf_edit.h"
#include "object.h"

#define MAX_LAYOUTS	20
#define MAX_SLOTS	1024	/* of a map of maps; so many of an object are filled in */

#define IS_OUTER(type)	((type) == BPF_MAP_TYPE_ARRAY_OF_MAPS || \
			 (type) == BPF_MAP_TYPE_HASH_OF_MAPS)

/* What a definition says, by whatever name. */
enum field {
	TYPE, KEY_SIZE, VALUE_SIZE, MAX_ENTRIES, MAP_FLAGS,
	NUMA_NODE,	/* counts with BPF_F_NUMA_NODE only */
	PINNING,	/* iproute2's: 1 by object, 2 for all */
	INNER_IDX,	/* of a map of maps: which map, by its number, is its model */
	ID,		/* iproute2's: the name of a map, for the next two */
	INNER_ID,	/* of a map of maps: the id of its model */
	INNER_SLOT,	/* where a map is to be in the map of maps */
	OWNER,		/* Android's: who may use it, on what */
	UNKNOWN,
	FIELDS
};

struct map {
	uint32_t sym;
	uint32_t sec;
	uint64_t off, size;	/* in its old section */
	uint64_t new_off, new_size;
	const char *name;
	bool legacy;		/* else it stood in .maps all along */
	uint32_t field[FIELDS];
	uint32_t has;		/* a bit for each that the definition has */
	const char *layout;
	bool has_inner_idx;	/* 0 is the first map, not none */
	bool by_place, out_of_place;	/* of libbpf's five, by their names and places */
	uint32_t slots;		/* of a map of maps: up to the last that is filled in */
	uint32_t var;		/* BTF: the variable, */
	uint32_t key, value;	/* and the types from ____btf_map_NAME */
};

struct maps {
	const char *layout;	/* that the caller names, or NULL */
	const struct btf_edit *btf;	/* with the types of definitions */
	struct map *map;	/* by section and offset */
	uint32_t n, nlegacy;
	struct map **by_name;
	struct {
		const struct map *outer, *map;
	} slots[MAX_SLOTS];	/* what goes into maps of maps */
	uint32_t nslots;
	uint32_t visits;	/* of members of definitions */
	bool ruled, ruled_out[MAX_LAYOUTS];	/* layouts that the numbers rule out */
};

/* The names that a field has; the first is libbpf's own, or its author's. */
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
/* The sections of definitions become one section .maps. */
int m2b_merge_sections(struct object *o, struct maps *maps);

/* ---- of definitions.c --------------------------------------------------------------- */

/* The names of the layouts, one by one; NULL after the last. */
const char *m2b_layout(int i);
/* What a definition says; m2b_read_definition() also notes what of it gets lost. */
int m2b_read_fields(struct object *o, struct maps *maps, struct map *m);
int m2b_read_definition(struct object *o, struct maps *maps, struct map *m);
/* What iproute2 does by ids: maps that go into maps of maps; programs are only noted. */
void m2b_find_slots(struct object *o, struct maps *maps);
void m2b_note_tail_calls(struct object *o, struct maps *maps);
/* The map that a map of maps has as its model; NULL if the definition names none. */
const struct map *m2b_model_of(const struct maps *maps, const struct map *m);
/* Definitions that point at something. */
int m2b_refuse_pointers(struct object *o);

#endif
