// SPDX-License-Identifier: GPL-2.0
/*
 * test_btf_find.c - does legacy/lib/btf_find.c read BTF of any age?
 *
 * The header has grown from 24 to 32 bytes in Linux 7.1, and will grow again.  The header of the
 * running kernel and that in the kernel headers of the build may have different sizes, so
 * test_btf_header.sh builds this with a larger struct btf_header as well.
 */
#include <errno.h>
#include <linux/btf.h>

#include "btf_find.h"
#include "ktap.h"

#define INFO(kind, n)	((uint32_t)(kind) << 24 | (n))
#define KIND_OF_FUTURE	25
#define LAYOUT_LEN	(4 * (KIND_OF_FUTURE + 1))

static const char strings[] = "\0task\0pid\0tgid";	/* at 1, 6, 10 */
static unsigned char bytes[1024];

/*
 * Makes BTF with a type of @kind, which has @words words after the three that each type has, and
 * then a struct.  The parts are in the order layout, types, strings.
 */
static size_t make(uint32_t hdr_len, uint32_t layout_len, uint32_t kind, uint32_t words)
{
	const uint32_t task[] = {
		1, INFO(BTF_KIND_STRUCT, 2), 8,  6, 1, 0,  10, 1, 32
	};
	const uint32_t first[16] = { 0, INFO(kind, 2), 4 };
	uint32_t types_len = (3 + words) * 4 + sizeof(task);
	const uint32_t header[] = {
		BTF_MAGIC | BTF_VERSION << 16, hdr_len, layout_len, types_len,
		layout_len + types_len, sizeof(strings), 0, layout_len,
	};
	unsigned char *p = bytes;

	memset(bytes, 0, sizeof(bytes));
	memcpy(p, header, hdr_len < sizeof(header) ? hdr_len : sizeof(header));
	p += hdr_len;
	if (layout_len > 4 * KIND_OF_FUTURE) {
		p[4 * KIND_OF_FUTURE] = 4;		/* bytes of each type, */
		p[4 * KIND_OF_FUTURE + 1] = 8;		/* and of each of its elements */
	}
	p += layout_len;
	memcpy(p, first, (3 + words) * 4);
	p += (3 + words) * 4;
	memcpy(p, task, sizeof(task));
	p += sizeof(task);
	memcpy(p, strings, sizeof(strings));
	return p + sizeof(strings) - bytes;
}

/* The offset of tgid; -1 if it is not found, -2 if this is not BTF, -3 for another error. */
static int find(size_t size)
{
	struct btf_types *btf;
	unsigned char *copy = malloc(size ? size : 1);	/* so that ASan knows its end */
	int offset = -2;

	if (!copy)
		abort();
	memcpy(copy, bytes, size);
	btf = btf_open_mem(copy, size);
	if (btf)
		offset = btf_find(btf, "task", "tgid");
	else if (errno != EINVAL)
		offset = -3;
	btf_close(btf);
	free(copy);
	return offset;
}

int main(void)
{
	size_t size;
	bool ok = true;

	ktap_begin(9);
	ktap_ok(find(make(24, 0, BTF_KIND_INT, 1)) == 4, "a header of 24 bytes, as in Linux 4.18");
	ktap_ok(find(make(32, 0, BTF_KIND_INT, 1)) == 4, "a header of 32 bytes, as in Linux 7.1");
	ktap_ok(find(make(40, 0, BTF_KIND_INT, 1)) == 4, "a header of 40 bytes, as in a later kernel");
	ktap_ok(find(make(20, 0, BTF_KIND_INT, 1)) == -2, "a header that is too short is refused");
	ktap_ok(find(make(32, LAYOUT_LEN, BTF_KIND_INT, 1)) == 4, "BTF with a layout");
	ktap_ok(find(make(32, LAYOUT_LEN, KIND_OF_FUTURE, 5)) == 4,
		"an unknown kind is skipped by its layout");
	ktap_ok(find(make(24, 0, KIND_OF_FUTURE, 5)) == -1, "without a layout, types end at an unknown kind");
	size = make(32, LAYOUT_LEN, BTF_KIND_INT, 1);
	bytes[28] = 0xff;
	bytes[29] = 0xff;
	ktap_ok(find(size) == -2, "a layout outside of the BTF is refused");
	size = make(32, LAYOUT_LEN, KIND_OF_FUTURE, 5);
	for (size_t n = 0; n < size; n++)
		ok &= find(n) < 0;
	ktap_ok(ok, "BTF that is truncated at any byte is refused");
	return ktap_end();
}
