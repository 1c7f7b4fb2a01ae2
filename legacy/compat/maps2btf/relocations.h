/* SPDX-License-Identifier: GPL-2.0 */
/*
 * relocations.h - what refers to a map does so by the map's own symbol.
 *
 * Symbols have their numbers in the new object by now, and types their place.
 */
#ifndef MAPS2BTF_RELOCATIONS_H
#define MAPS2BTF_RELOCATIONS_H

#include "types.h"

/* All of an object; @then as libbpf 0.x refused what is defined nowhere. */
int m2b_fix_relocations(struct object *o, const struct maps *maps, const struct types *types,
			bool then);
/* New ones, of .maps: what is in a map of maps from the start. */
int m2b_add_slots(struct object *o, const struct maps *maps);

#endif
