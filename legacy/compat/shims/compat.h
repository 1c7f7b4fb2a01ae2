/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - for compat's own sources: the names of libbpf >= 1.0 mean what
 * they say, beside the declarations of what compat adds.
 */
#ifndef COMPAT_H
#define COMPAT_H

#define COMPAT_IMPLEMENTATION
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* What the headers redirect these to, as far as it is called here, too. */
int compat_bpf_object__load(struct bpf_object *obj);
void compat_bpf_object__close(struct bpf_object *obj);
int compat_bpf_program__fd(const struct bpf_program *prog);
const char *compat_bpf_program__section_name(const struct bpf_program *prog);

/* -1 instead of -errno, and -errno as a pointer instead of NULL, unless it is strict. */
int compat_errno(int ret);
void *compat_pointer(void *p);
/* Was this one of the new ways asked for? */
bool compat_strict(enum libbpf_strict_mode mode);
/* What a function that returns an object does about -errno. */
struct bpf_object *compat_no_object(int err);
/* A line where libbpf's own warnings go: to libbpf_set_print()'s function. */
void compat_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What 0.x kept inside of an object, a program or a map. */
struct compat_note {
	const void *about;
	void *priv;
	union {
		bpf_object_clear_priv_t object;
		bpf_program_clear_priv_t program;
		bpf_map_clear_priv_t map;
	} clear;
	struct bpf_map_def def;		/* of a map */
	const char *title;		/* of a program, if libbpf has another */
	bpf_program_prep_t prep;	/* of a program, and what came of it */
	int instances;
	int *fds;
	struct compat_note *next;
};

struct compat_note *compat_note(const void *about);
struct compat_note *compat_note_new(const void *about);
void compat_object_opened(struct bpf_object *obj);

#endif
