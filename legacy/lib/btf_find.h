/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf_find.h - where a member of a kernel struct is, on the running kernel.
 *
 * Before BTF this was a constant from the headers of one build of the kernel,
 * wrong on the next; with BTF one looks it up and passes it to the program in
 * a map; with CO-RE the loader patches it into the instructions.  This is the
 * step in between: a reader of BTF that knows as much as that takes.  The
 * libbpf stage uses it as well: a libbpf of 2020 refuses the BTF of any kernel
 * that has a kind of type it has not heard of.
 */
#ifndef LEGACY_LIB_BTF_FIND_H
#define LEGACY_LIB_BTF_FIND_H

#include <stddef.h>

struct btf_types;

/* The running kernel's; NULL and errno: ENOENT if it has none. */
struct btf_types *btf_open_kernel(void);
/* From memory, which must stay; NULL and EINVAL if it is no BTF. */
struct btf_types *btf_open_mem(const void *data, size_t size);
/*
 * The offset of @member in struct @type in bytes, through anonymous structs
 * and unions; -1 and ENOENT if there is none, or if it is a bit field.
 */
int btf_find(const struct btf_types *btf, const char *type, const char *member);
void btf_close(struct btf_types *btf);

/* For who cannot do without: end the process with status 4 and the reason. */
struct btf_types *btf_need_kernel(void);
unsigned int btf_need(const struct btf_types *btf, const char *type, const char *member);

#endif
