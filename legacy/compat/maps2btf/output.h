/* SPDX-License-Identifier: GPL-2.0 */
/*
 * output.h - the new object, of sections and symbols that are as they are to be.
 */
#ifndef MAPS2BTF_OUTPUT_H
#define MAPS2BTF_OUTPUT_H

#include "object.h"

/* Names of sections that are new, or that have changed. */
int m2b_name_sections(struct object *o);
/* The bytes, to be freed.  The parts are of no use afterwards. */
int m2b_write(struct object *o, void **out, size_t *out_size);

#endif
