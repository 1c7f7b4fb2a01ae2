// SPDX-License-Identifier: GPL-2.0
/*
 * btf_find.c - finds the offset of a member of a kernel struct, on the running kernel.
 *
 * BTF has a header, types and strings.  A type has 12 bytes and, depending on its kind,
 * some more; its number is its place in the list, counted from 1.  Since Linux 7.1 BTF
 * may have a fourth part, the layout, which says how many more bytes each kind has, so
 * that a reader can skip kinds that it does not know: two bytes for each kind, and two
 * that are not used.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/btf.h>

#include "observe.h"

#include "btf_find.h"

#define KERNEL_BTF	"/sys/kernel/btf/vmlinux"
#define KERNEL_BTF_MAX	(256UL << 20)
#define DEPTH_MAX	16	/* of anonymous members in each other */

/*
 * The size of struct btf_header without and with the layout, in bytes.  sizeof() depends on
 * the kernel headers of the build, but the header's size on the running kernel.  The same
 * holds for the bits of a type's info: up to Linux 7.0 fewer bits were used, and the others
 * were zero.
 */
#define HEADER_MIN	24
#define HEADER_LAYOUT	32
#define KIND(info)	((info) >> 24 & 0x7f)
#define VLEN(info)	((info) & 0xffffff)
#define KFLAG(info)	((info) >> 31)

/* Kinds that older headers do not know. */
enum {
	KIND_FLOAT = 16,
	KIND_DECL_TAG = 17,
	KIND_TYPE_TAG = 18,
	KIND_ENUM64 = 19,
};

struct btf_types {
	void *owned;		/* the data, if btf_close() has to free it, or NULL */
	const char *types;
	const char *strings;
	__u32 strings_len;
	__u32 cnt;		/* number of types, with type 0, which is void */
	__u32 *at;		/* offset of each type */
	const unsigned char *layout;	/* of each kind, 4 bytes */
	__u32 layout_len;
};

/* How many bytes follow the first 12 of a type; -1 for an unknown kind without a layout. */
static long extra(const struct btf_types *btf, const struct btf_type *t)
{
	__u32 n = VLEN(t->info), kind = KIND(t->info);

	switch (kind) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case KIND_FLOAT:
	case KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	case KIND_ENUM64:
		return n * 3 * sizeof(__u32);
	default:
		if (4 * kind + 4 > btf->layout_len)
			return -1;
		return btf->layout[4 * kind] + (long)n * btf->layout[4 * kind + 1];
	}
}

/* Stores the offset of each type; stops at an unknown kind without a layout. */
static int index_types(struct btf_types *btf, __u32 len)
{
	__u32 at = 0, room = 0;
	struct btf_type t;
	__u32 *bigger;
	long more;

	while (len - at >= sizeof(t)) {
		memcpy(&t, btf->types + at, sizeof(t));
		more = extra(btf, &t);
		if (more < 0)
			break;
		if ((size_t)more > len - at - sizeof(t))
			return -EINVAL;
		if (btf->cnt >= room) {
			room = room ? 2 * room : 1024;
			bigger = reallocarray(btf->at, room, sizeof(*bigger));
			if (!bigger)
				return -ENOMEM;
			btf->at = bigger;
			if (!btf->cnt)
				btf->at[btf->cnt++] = 0;
		}
		btf->at[btf->cnt++] = at;
		at += sizeof(t) + more;
	}
	return 0;
}

struct btf_types *btf_open_mem(const void *data, size_t size)
{
	struct btf_types *btf = calloc(1, sizeof(*btf));
	struct btf_header h;
	__u32 layout[2] = {};	/* its offset and its length */
	int err = -EINVAL;

	if (!btf)
		return NULL;
	if (size < HEADER_MIN)
		goto failed;
	memcpy(&h, data, HEADER_MIN);
	if (h.magic != BTF_MAGIC || h.hdr_len < HEADER_MIN || h.hdr_len > size)
		goto failed;
	if (h.hdr_len >= HEADER_LAYOUT)
		memcpy(layout, (const char *)data + HEADER_MIN, sizeof(layout));
	data = (const char *)data + h.hdr_len;
	size -= h.hdr_len;
	if (h.type_off > size || h.type_len > size - h.type_off ||
	    h.str_off > size || h.str_len > size - h.str_off || !h.str_len ||
	    layout[0] > size || layout[1] > size - layout[0])
		goto failed;
	btf->layout = (const unsigned char *)data + layout[0];
	btf->layout_len = layout[1];
	btf->types = (const char *)data + h.type_off;
	btf->strings = (const char *)data + h.str_off;
	btf->strings_len = h.str_len;
	if (btf->strings[h.str_len - 1])
		goto failed;
	err = index_types(btf, h.type_len);
	if (err)
		goto failed;
	return btf;

failed:
	btf_close(btf);
	errno = -err;
	return NULL;
}

struct btf_types *btf_open_kernel(void)
{
	size_t size = 0, room = 0;
	struct btf_types *btf;
	char *data = NULL, *bigger;
	ssize_t n = 1;
	int fd;

	fd = open(KERNEL_BTF, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	while (n > 0) {
		if (size == room) {
			room = room ? 2 * room : 8UL << 20;
			bigger = room <= KERNEL_BTF_MAX ? realloc(data, room) : NULL;
			if (!bigger) {
				n = -1;
				errno = ENOMEM;
				break;
			}
			data = bigger;
		}
		n = read(fd, data + size, room - size);
		if (n > 0)
			size += n;
	}
	close(fd);
	btf = n < 0 ? NULL : btf_open_mem(data, size);
	if (btf)
		btf->owned = data;
	else
		free(data);
	return btf;
}

static bool named(const struct btf_types *btf, __u32 name_off, const char *name)
{
	return name_off < btf->strings_len && !strcmp(btf->strings + name_off, name);
}

/* Returns the offset in bits, or -1 if type @id has no such member. */
static long find_bit(const struct btf_types *btf, __u32 id, const char *member, int depth)
{
	struct btf_member m;
	struct btf_type t;
	long inner;
	__u32 bit;

	if (!id || id >= btf->cnt || depth > DEPTH_MAX)
		return -1;
	memcpy(&t, btf->types + btf->at[id], sizeof(t));
	switch (KIND(t.info)) {
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
		return find_bit(btf, t.type, member, depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		break;
	default:
		return -1;
	}
	for (__u32 i = 0; i < VLEN(t.info); i++) {
		memcpy(&m, btf->types + btf->at[id] + sizeof(t) + i * sizeof(m), sizeof(m));
		bit = KFLAG(t.info) ? BTF_MEMBER_BIT_OFFSET(m.offset) : m.offset;
		if (named(btf, m.name_off, member))
			return KFLAG(t.info) && BTF_MEMBER_BITFIELD_SIZE(m.offset) ?
				-1L : bit;
		if (!named(btf, m.name_off, ""))
			continue;
		inner = find_bit(btf, m.type, member, depth + 1);
		if (inner >= 0)
			return bit + inner;
	}
	return -1;
}

int btf_find(const struct btf_types *btf, const char *type, const char *member)
{
	struct btf_type t;
	long bit = -1;

	for (__u32 id = 1; id < btf->cnt; id++) {
		memcpy(&t, btf->types + btf->at[id], sizeof(t));
		if (KIND(t.info) != BTF_KIND_STRUCT || !named(btf, t.name_off, type))
			continue;
		bit = find_bit(btf, id, member, 0);
		break;
	}
	if (bit < 0 || bit % 8 || bit / 8 > INT32_MAX) {
		errno = ENOENT;
		return -1;
	}
	return bit / 8;
}

void btf_close(struct btf_types *btf)
{
	if (!btf)
		return;
	free(btf->owned);
	free(btf->at);
	free(btf);
}

struct btf_types *btf_need_kernel(void)
{
	struct btf_types *btf = btf_open_kernel();

	if (!btf && errno == ENOENT)
		observe_skip("no " KERNEL_BTF ", so the layout of the kernel's structs is not known (CONFIG_DEBUG_INFO_BTF)");
	if (!btf)
		observe_die("cannot read " KERNEL_BTF ": %s", strerror(errno));
	return btf;
}

unsigned int btf_need(const struct btf_types *btf, const char *type, const char *member)
{
	int offset = btf_find(btf, type, member);

	if (offset < 0)
		observe_skip(KERNEL_BTF " has no member %s.%s", type, member);
	return offset;
}
