/* SPDX-License-Identifier: GPL-2.0 */
/*
 * relocations.h - make references to a map use the map's own symbol.
 *
 * Before, symbols must get their index in the new object, and types their offset.
 */
#ifndef MAPS2BTF_RELOCATIONS_H
#define MAPS2BTF_RELOCATIONS_H

#include "types.h"

/* Fixes all relocations; with @then, undefined symbols are errors, as in libbpf 0.x. */
int m2b_fix_relocations(struct object *o, const struct maps *maps, const struct types *types,
			bool then);
/* Adds relocations of .maps, by which libbpf puts maps into maps of maps. */
int m2b_add_slots(struct object *o, const struct maps *maps);

#endif
