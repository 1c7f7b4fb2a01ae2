/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf_find.h - finds the offset of a member of a kernel struct, on the running kernel.
 *
 * Before BTF an offset was a constant from the headers of one kernel build, and wrong on
 * another kernel.  With BTF user space looks it up and passes it to the program in a
 * map, and with CO-RE the loader patches it into the instructions.  This is the step in
 * between: a small reader of BTF that can only look up offsets.  The libbpf stage uses
 * it as well, because a libbpf of 2020 refuses the BTF of any kernel that has a kind of
 * type that it does not know.
 */
#ifndef LEGACY_LIB_BTF_FIND_H
#define LEGACY_LIB_BTF_FIND_H

#include <stddef.h>

struct btf_types;

/* Opens the BTF of the running kernel.  Returns NULL and errno: ENOENT if it has none. */
struct btf_types *btf_open_kernel(void);
/* Opens BTF in memory, which must not be freed.  Returns NULL and EINVAL if it is not BTF. */
struct btf_types *btf_open_mem(const void *data, size_t size);
/*
 * Returns the offset of @member in struct @type in bytes, also if it is in an anonymous struct
 * or union.  Returns -1 and ENOENT if there is no such member, or if it is a bit field.
 */
int btf_find(const struct btf_types *btf, const char *type, const char *member);
void btf_close(struct btf_types *btf);

/* The same, but they end the process with status 4 and the reason if they do not find it. */
struct btf_types *btf_need_kernel(void);
unsigned int btf_need(const struct btf_types *btf, const char *type, const char *member);

#endif
