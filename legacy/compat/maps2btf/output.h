/* SPDX-License-Identifier: GPL-2.0 */
/*
 * output.h - write the new object from its sections and symbols.
 */
#ifndef MAPS2BTF_OUTPUT_H
#define MAPS2BTF_OUTPUT_H

#include "object.h"

/* Adds the names of new and of renamed sections. */
int m2b_name_sections(struct object *o);
/* Returns the bytes in *@out, to be freed.  Afterwards @o can only be closed. */
int m2b_write(struct object *o, void **out, size_t *out_size);

#endif
