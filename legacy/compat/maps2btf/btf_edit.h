/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf_edit.h - change BTF without moving anything in it.
 *
 * .BTF.ext refers to types by id and to strings by offset, so ids and offsets must not
 * change: the BTF of an existing object can only be edited in place and appended to.
 * libbpf's btf__new() and btf__add_*() append, but cannot edit in place, and keep the
 * header as it was.  The bytes may be anything, so they are checked.
 * A type consists of words of 32 bits; they are kept in the byte order of this machine.
 */
#ifndef COMPAT_BTF_EDIT_H
#define COMPAT_BTF_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf_edit {
	bool swap;		/* the object has the other byte order */
	bool nomem;		/* appending has failed: out of memory */
	size_t types_at;	/* offset of the types in the old .BTF, in bytes */
	uint32_t *words;	/* the types */
	size_t nwords, words_cap;
	uint32_t *start;	/* index in words where a type starts, by id */
	size_t starts_cap;
	uint32_t ids;		/* valid ids are 1..ids - 1; 0 is void */
	char *strs;
	size_t strs_len, strs_cap;
};

/*
 * A type: w[0] name, w[1] info, w[2] size or type, then the words of its kind.  Up to
 * Linux 7.0 an info had 5 bits for the kind and 16 for the number of elements; the bits
 * that have been added since were 0.
 */
#define BTF_WORD_INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))
#define BTF_WORD_KIND(info)	((info) >> 24 & 0x7f)
#define BTF_WORD_VLEN(info)	((info) & 0xffffff)

/*
 * The size of the header that is written: that of 2018, which all kernels and libraries
 * read.  sizeof(struct btf_header) cannot be used: the struct has grown in Linux 7.1, so
 * its size depends on the machine's <linux/btf.h>.  The new fields, the layout of the
 * kinds, only help a reader that does not know a kind, and older kernels refuse them.
 */
#define BTF_HEADER_SIZE		24

/* Reads .BTF; @size 0 makes an empty one.  Returns 0, or -errno and the reason. */
int btf_edit_open(struct btf_edit *b, const void *data, size_t size, bool swap,
		  const char **why);
void btf_edit_close(struct btf_edit *b);
/* The bytes of .BTF in the object's order, to be freed; NULL if out of memory. */
void *btf_edit_bytes(const struct btf_edit *b, size_t *size);

/* The words of a type; NULL for void, and for an invalid id. */
uint32_t *btf_edit_type(const struct btf_edit *b, uint32_t id);
unsigned int btf_edit_kind(const struct btf_edit *b, uint32_t id);
/* A string; "" for an invalid offset. */
const char *btf_edit_str(const struct btf_edit *b, uint32_t off);
/* @id without its typedefs, const and volatile; 0 if they form a circle. */
uint32_t btf_edit_strip(const struct btf_edit *b, uint32_t id);
/* The size of a type in bytes, 0 if it has none. */
uint64_t btf_edit_size(const struct btf_edit *b, uint32_t id);

/* These append.  If b->nomem is set afterwards, what they returned is not valid. */
uint32_t btf_edit_add_str(struct btf_edit *b, const char *s);
/* Appends a type of @n words; returns its id. */
uint32_t btf_edit_add(struct btf_edit *b, const uint32_t *words, size_t n);
#define btf_edit_add_words(b, ...) \
	btf_edit_add(b, (const uint32_t[]){ __VA_ARGS__ }, \
		     sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

#endif
