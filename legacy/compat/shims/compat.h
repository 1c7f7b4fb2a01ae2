/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - for compat's own sources: here the names of libbpf >= 1.0 are not
 * redirected, and what compat adds is declared, too.
 */
#ifndef COMPAT_H
#define COMPAT_H

#define COMPAT_IMPLEMENTATION
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* The headers redirect NAME to compat_NAME; these are also called in compat. */
int compat_bpf_object__load(struct bpf_object *obj);
void compat_bpf_object__close(struct bpf_object *obj);
int compat_bpf_program__fd(const struct bpf_program *prog);
const char *compat_bpf_program__section_name(const struct bpf_program *prog);

/* Turn -errno into -1, and NULL into -errno as a pointer, unless strict mode is set. */
int compat_errno(int ret);
void *compat_pointer(void *p);
/* Has the program selected @mode with libbpf_set_strict_mode()? */
bool compat_strict(enum libbpf_strict_mode mode);
/* What a function that returns an object returns for the error @err (-errno). */
struct bpf_object *compat_no_object(int err);
/* Prints a warning with the function that was set by libbpf_set_print(). */
void compat_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Data that libbpf 0.x kept inside of an object, a program or a map. */
struct compat_note {
	const void *about;
	void *priv;
	union {
		bpf_object_clear_priv_t object;
		bpf_program_clear_priv_t program;
		bpf_map_clear_priv_t map;
	} clear;
	struct bpf_map_def def;		/* of a map */
	const char *title;		/* of a program, if libbpf 1.x has another */
	bpf_program_prep_t prep;	/* of a program, and its instances */
	int instances;
	int *fds;
	struct compat_note *next;
};

struct compat_note *compat_note(const void *about);
struct compat_note *compat_note_new(const void *about);
void compat_object_opened(struct bpf_object *obj);

#endif
