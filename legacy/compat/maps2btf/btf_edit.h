/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf_edit.h - change BTF without moving anything in it.
 *
 * .BTF.ext refers to types by id and to strings by offset, so that the BTF of
 * an existing object can only be edited in place and appended to.  libbpf's
 * btf__new() and btf__add_*() append, but cannot edit in place, and keep the
 * header as it was.  The bytes may be anything, and are checked.
 * A type is words of 32 bits and nothing else: they are kept in host order.
 */
#ifndef COMPAT_BTF_EDIT_H
#define COMPAT_BTF_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf_edit {
	bool swap;		/* the object has the other byte order */
	bool nomem;		/* something could not be appended */
	size_t types_at;	/* where the types began in what was opened, in bytes */
	uint32_t *words;	/* the types */
	size_t nwords, words_cap;
	uint32_t *start;	/* where a type starts in words, by id */
	size_t starts_cap;
	uint32_t ids;		/* 1..ids - 1 are there; 0 is void */
	char *strs;
	size_t strs_len, strs_cap;
};

/*
 * A type: w[0] name, w[1] info, w[2] size or type, then what its kind has.  Up to
 * Linux 7.0 an info had 5 bits for the kind and 16 for the number of elements, and
 * zeros where there are more bits now.
 */
#define BTF_WORD_INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))
#define BTF_WORD_KIND(info)	((info) >> 24 & 0x7f)
#define BTF_WORD_VLEN(info)	((info) & 0xffffff)

/*
 * The header that is written: that of 2018, which all kernels and libraries read.  The
 * struct in <linux/btf.h> has grown in Linux 7.1, so that its size depends on the
 * machine.  What it has gained, the layout of the kinds, is only of use to a reader that
 * does not know a kind, and older kernels refuse it: it is left out.
 */
#define BTF_HEADER_SIZE		24

/* @size 0 makes a new, empty one.  Returns 0, or -errno and the reason. */
int btf_edit_open(struct btf_edit *b, const void *data, size_t size, bool swap,
		  const char **why);
void btf_edit_close(struct btf_edit *b);
/* The bytes of .BTF, in the target's order, to be freed; NULL if out of memory. */
void *btf_edit_bytes(const struct btf_edit *b, size_t *size);

/* The words of a type; NULL for void, and for an id that there is not. */
uint32_t *btf_edit_type(const struct btf_edit *b, uint32_t id);
unsigned int btf_edit_kind(const struct btf_edit *b, uint32_t id);
/* A string; "" for an offset that there is not. */
const char *btf_edit_str(const struct btf_edit *b, uint32_t off);
/* @id without its typedefs, const and volatile; 0 if they go round in circles. */
uint32_t btf_edit_strip(const struct btf_edit *b, uint32_t id);
/* The size of a type in bytes, 0 if it has none. */
uint64_t btf_edit_size(const struct btf_edit *b, uint32_t id);

/* Append; what they return is right unless b->nomem is set. */
uint32_t btf_edit_add_str(struct btf_edit *b, const char *s);
/* @n words follow; returns the new type's id. */
uint32_t btf_edit_add(struct btf_edit *b, const uint32_t *words, size_t n);
#define btf_edit_add_words(b, ...) \
	btf_edit_add(b, (const uint32_t[]){ __VA_ARGS__ }, \
		     sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

#endif
