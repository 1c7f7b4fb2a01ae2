/* SPDX-License-Identifier: GPL-2.0 */
/*
 * elf_load.h - loads X_kern.o, as samples/bpf/bpf_load.c did.
 *
 * The section "maps" is an array of struct bpf_map_def.  A relocation says which
 * instruction loads the address of which of these maps; the loader creates the maps and
 * writes their descriptors into these instructions.  libbpf began in the same way.  An
 * object is input, so everything in it is checked.
 */
#ifndef LEGACY_LIB_ELF_LOAD_H
#define LEGACY_LIB_ELF_LOAD_H

#include <stddef.h>

struct kern_object;

/*
 * Reads and checks an object, without any call to bpf(2).  Returns NULL after a warning that
 * says what is wrong with the file.
 */
struct kern_object *kern_open(const char *path);
/* The same from memory, which may be freed afterwards. */
struct kern_object *kern_open_mem(const char *path, const void *data, size_t size);

/* Creates all maps and loads all programs.  Returns 0, or -1 after a warning. */
int kern_load(struct kern_object *obj);

/* Return a descriptor after kern_load(), or -1 after a warning if there is no such name. */
int kern_map_fd(const struct kern_object *obj, const char *name);
/* @name is that of the function or, as in "kprobe/sys_write", that of the section. */
int kern_prog_fd(const struct kern_object *obj, const char *name);

/* Closes every descriptor.  Attached programs and pinned objects stay. */
void kern_close(struct kern_object *obj);

#endif
