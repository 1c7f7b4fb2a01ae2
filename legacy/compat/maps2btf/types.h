/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h - the BTF of an object, from which maps of today take what they are.
 *
 * It is read before the definitions, whose members it names, and written after them.
 */
#ifndef MAPS2BTF_TYPES_H
#define MAPS2BTF_TYPES_H

#include "maps.h"

struct types {
	struct btf_edit btf;
	uint32_t byte;		/* id of its "unsigned char" */
	uint32_t *gone;		/* ids of DATASECs that are no more */
	uint32_t ngone;
};

/* Reads it, and which variables are maps. */
int m2b_open_types(struct object *o, struct maps *maps, struct types *types);
void m2b_close_types(struct types *types);
/* Drops undefined symbols that BTF does not declare. */
int m2b_sort_globals(struct object *o, const struct types *types);
/* Writes the new .BTF, with types for maps, and for global symbols that have none. */
int m2b_make_types(struct object *o, struct maps *maps, struct types *types);

/* .BTF.ext: what libbpf >= 1.0 refuses goes, and what was moved is where it is now. */
int m2b_fix_ext(struct object *o, struct btf_edit *btf);

#endif
