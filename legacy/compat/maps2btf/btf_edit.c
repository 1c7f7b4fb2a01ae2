// SPDX-License-Identifier: GPL-2.0
/*
 * btf_edit.c - change BTF without moving anything in it.
 *
 * Opening checks the header, and that every type ends within the section.  References
 * of a type (ids, offsets of strings) are checked each time that they are followed.
 */
#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/btf.h>

#include "btf_edit.h"

/* BTF_KIND_FLOAT and so on; older headers do not have all of these names. */
#define KIND_FLOAT	16
#define KIND_DECL_TAG	17
#define KIND_TYPE_TAG	18
#define KIND_ENUM64	19
#define MAX_DEPTH	32
/* The size of the header with layout_off and layout_len, of Linux 7.1. */
#define HEADER_KNOWN	32

/* How many words a type has; 0 if its kind is unknown. */
static size_t words_of(uint32_t info)
{
	size_t vlen = BTF_WORD_VLEN(info);

	switch (BTF_WORD_KIND(info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case KIND_FLOAT:
	case KIND_TYPE_TAG:
		return 3;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return 6;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return 3 + 2 * vlen;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case KIND_ENUM64:
		return 3 + 3 * vlen;
	}
	return 0;
}

/* Makes room for @need elements in @mem; sets nomem and returns @mem if it cannot. */
static void *grow(struct btf_edit *b, void *mem, size_t need, size_t *cap, size_t each)
{
	size_t want = *cap ? *cap : 64;
	void *new;

	if (mem && need <= *cap)
		return mem;
	while (want < need)
		want *= 2;
	new = realloc(mem, want * each);
	if (!new) {
		b->nomem = true;
		return mem;
	}
	*cap = want;
	return new;
}

static void add_start(struct btf_edit *b, size_t word)
{
	b->start = grow(b, b->start, b->ids + 1, &b->starts_cap, sizeof(*b->start));
	if (!b->nomem)
		b->start[b->ids++] = word;
}

static int read_types(struct btf_edit *b, const char **why)
{
	size_t i, n;

	for (i = 0; i < b->nwords; i += n) {
		if (b->nwords - i < 3)
			goto cut;
		n = words_of(b->words[i + 1]);
		if (!n) {
			*why = "unknown kind of type";
			return -EOPNOTSUPP;
		}
		if (n > b->nwords - i)
			goto cut;
		add_start(b, i);
	}
	if (!b->nomem)
		return 0;
	*why = "out of memory";
	return -ENOMEM;
cut:
	*why = "the last type is truncated";
	return -EINVAL;
}

int btf_edit_open(struct btf_edit *b, const void *data, size_t size, bool swap,
		  const char **why)
{
	struct btf_header h;
	const uint8_t *p = data;
	size_t i;

	*b = (struct btf_edit){ .swap = swap };
	*why = "out of memory";
	add_start(b, 0);	/* void */
	if (!size) {
		btf_edit_add_str(b, "");
		return b->nomem ? -ENOMEM : 0;
	}

	if (size < BTF_HEADER_SIZE) {
		*why = "the section is shorter than the header";
		return -EINVAL;
	}
	memcpy(&h, p, BTF_HEADER_SIZE);
	if (h.magic != (swap ? bswap_16(BTF_MAGIC) : BTF_MAGIC)) {
		*why = h.magic == (swap ? BTF_MAGIC : bswap_16(BTF_MAGIC)) ?
			"the byte order differs from that of the object" : "invalid magic number";
		return -EINVAL;
	}
	if (swap) {
		h.hdr_len = bswap_32(h.hdr_len);
		h.type_off = bswap_32(h.type_off);
		h.type_len = bswap_32(h.type_len);
		h.str_off = bswap_32(h.str_off);
		h.str_len = bswap_32(h.str_len);
	}
	if (h.version != BTF_VERSION || h.flags) {
		*why = "unknown version or flags";
		return -EOPNOTSUPP;
	}
	*why = "invalid offset or length in the header";
	if (h.hdr_len < BTF_HEADER_SIZE || h.hdr_len > size)
		return -EINVAL;
	for (i = HEADER_KNOWN; i < h.hdr_len; i++) {
		if (p[i]) {
			*why = "unknown fields in the header";
			return -EOPNOTSUPP;
		}
	}
	p += h.hdr_len;
	size -= h.hdr_len;
	if (h.type_off % 4 || h.type_len % 4 || h.type_off > size ||
	    h.type_len > size - h.type_off || h.str_off > size ||
	    h.str_len > size - h.str_off)
		return -EINVAL;
	if (!h.str_len || p[h.str_off] || p[h.str_off + h.str_len - 1]) {
		*why = "the string section does not begin and end with a NUL byte";
		return -EINVAL;
	}

	*why = "out of memory";
	b->words = grow(b, b->words, h.type_len / 4, &b->words_cap, 4);
	b->strs = grow(b, b->strs, h.str_len, &b->strs_cap, 1);
	if (b->nomem)
		return -ENOMEM;
	memcpy(b->words, p + h.type_off, h.type_len);
	b->nwords = h.type_len / 4;
	b->types_at = h.hdr_len + h.type_off;
	for (i = 0; swap && i < b->nwords; i++)
		b->words[i] = bswap_32(b->words[i]);
	memcpy(b->strs, p + h.str_off, h.str_len);
	b->strs_len = h.str_len;
	return read_types(b, why);
}

void btf_edit_close(struct btf_edit *b)
{
	free(b->words);
	free(b->start);
	free(b->strs);
	*b = (struct btf_edit){};
}

void *btf_edit_bytes(const struct btf_edit *b, size_t *size)
{
	struct btf_header h = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = BTF_HEADER_SIZE,
		.type_len = b->nwords * 4,
		.str_off = b->nwords * 4,
		.str_len = b->strs_len,
	};
	uint32_t word;
	uint8_t *p;
	size_t i;

	*size = BTF_HEADER_SIZE + b->nwords * 4 + b->strs_len;
	p = b->nomem || *size > UINT32_MAX ? NULL : malloc(*size);
	if (!p)
		return NULL;
	if (b->swap) {
		h.magic = bswap_16(h.magic);
		h.hdr_len = bswap_32(h.hdr_len);
		h.type_len = bswap_32(h.type_len);
		h.str_off = bswap_32(h.str_off);
		h.str_len = bswap_32(h.str_len);
	}
	memcpy(p, &h, BTF_HEADER_SIZE);
	for (i = 0; i < b->nwords; i++) {
		word = b->swap ? bswap_32(b->words[i]) : b->words[i];
		memcpy(p + BTF_HEADER_SIZE + 4 * i, &word, 4);
	}
	memcpy(p + BTF_HEADER_SIZE + 4 * i, b->strs, b->strs_len);
	return p;
}

uint32_t *btf_edit_type(const struct btf_edit *b, uint32_t id)
{
	return id && id < b->ids ? b->words + b->start[id] : NULL;
}

unsigned int btf_edit_kind(const struct btf_edit *b, uint32_t id)
{
	const uint32_t *t = btf_edit_type(b, id);

	return t ? BTF_WORD_KIND(t[1]) : 0;
}

const char *btf_edit_str(const struct btf_edit *b, uint32_t off)
{
	return off < b->strs_len ? b->strs + off : "";
}

uint32_t btf_edit_strip(const struct btf_edit *b, uint32_t id)
{
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		switch (btf_edit_kind(b, id)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case KIND_TYPE_TAG:
			id = btf_edit_type(b, id)[2];
			break;
		default:
			return btf_edit_type(b, id) ? id : 0;
		}
	}
	return 0;
}

uint64_t btf_edit_size(const struct btf_edit *b, uint32_t id)
{
	uint64_t count = 1;
	const uint32_t *t;

	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		t = btf_edit_type(b, id);
		switch (btf_edit_kind(b, id)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case KIND_TYPE_TAG:
			id = t[2];
			break;
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case KIND_FLOAT:
		case KIND_ENUM64:
			return count * t[2];
		case BTF_KIND_PTR:
			return count * 8;
		case BTF_KIND_ARRAY:
			count *= t[5];
			if (count > UINT32_MAX)
				return 0;
			id = t[3];
			break;
		default:
			return 0;
		}
	}
	return 0;
}

uint32_t btf_edit_add_str(struct btf_edit *b, const char *s)
{
	size_t len = strlen(s) + 1, at = b->strs_len;

	b->strs = grow(b, b->strs, at + len, &b->strs_cap, 1);
	if (b->nomem)
		return 0;
	memcpy(b->strs + at, s, len);
	b->strs_len += len;
	return at;
}

uint32_t btf_edit_add(struct btf_edit *b, const uint32_t *words, size_t n)
{
	b->words = grow(b, b->words, b->nwords + n, &b->words_cap, 4);
	add_start(b, b->nwords);
	if (b->nomem)
		return 0;
	memcpy(b->words + b->nwords, words, n * 4);
	b->nwords += n;
	return b->ids - 1;
}
