/* SPDX-License-Identifier: GPL-2.0 */
/*
 * elf_load.h - what samples/bpf/bpf_load.c was: from X_kern.o to descriptors.
 *
 * Section "maps" is an array of struct bpf_map_def.  A relocation says which instruction
 * loads the address of which of these maps; the loader creates the maps and writes their
 * descriptors into these instructions.  libbpf began here, too.  An object is input:
 * nothing in it is believed.
 */
#ifndef LEGACY_LIB_ELF_LOAD_H
#define LEGACY_LIB_ELF_LOAD_H

#include <stddef.h>

struct kern_object;

/*
 * Reads and checks an object; the kernel is not asked yet.  NULL after a line
 * on stderr that names the file and what is wrong with it.
 */
struct kern_object *kern_open(const char *path);
/* The same from memory, which may be freed afterwards. */
struct kern_object *kern_open_mem(const char *path, const void *data, size_t size);

/* Creates all maps and loads all programs: 0, or -1 after a line on stderr. */
int kern_load(struct kern_object *obj);

/* Descriptors after kern_load(), or -1 and a line if there is none of that name. */
int kern_map_fd(const struct kern_object *obj, const char *name);
/* @name is the function's or, as "kprobe/sys_write", the section's. */
int kern_prog_fd(const struct kern_object *obj, const char *name);

/* Closes every descriptor.  What is attached or pinned stays. */
void kern_close(struct kern_object *obj);

#endif
