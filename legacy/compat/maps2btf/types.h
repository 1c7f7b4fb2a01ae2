/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h - the BTF of an object, which describes maps in section .maps.
 *
 * It is read before the definitions, as it has the names of their members, and written
 * after them.
 */
#ifndef MAPS2BTF_TYPES_H
#define MAPS2BTF_TYPES_H

#include "maps.h"

struct types {
	struct btf_edit btf;
	uint32_t byte;		/* id of its "unsigned char" */
	uint32_t *gone;		/* ids of DATASECs that were removed */
	uint32_t ngone;
};

/* Reads the BTF, and finds the variables of maps. */
int m2b_open_types(struct object *o, struct maps *maps, struct types *types);
void m2b_close_types(struct types *types);
/* Drops undefined symbols that BTF does not declare. */
int m2b_sort_globals(struct object *o, const struct types *types);
/* Writes the new .BTF, with types for maps, and for global symbols that have none. */
int m2b_make_types(struct object *o, struct maps *maps, struct types *types);

/* Drops what libbpf >= 1.0 refuses in .BTF.ext, and moves the records of moved code. */
int m2b_fix_ext(struct object *o, struct btf_edit *btf);

#endif
