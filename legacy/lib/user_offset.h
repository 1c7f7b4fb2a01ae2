/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_offset.h - where a member of a kernel struct is, by libbpf's BTF
 * functions: the libbpf stage's btf_find.h.
 */
#ifndef LEGACY_LIB_USER_OFFSET_H
#define LEGACY_LIB_USER_OFFSET_H

#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "observe.h"

/* In bits; -1 if type @id does not have it.  Goes into anonymous members. */
static inline long user_offset_in(const struct btf *btf, __s32 id, const char *member)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_member *m;
	const char *name;
	long inner;

	if (!t || !btf_is_composite(t))
		return -1;
	m = btf_members(t);
	for (int i = 0; i < btf_vlen(t); i++, m++) {
		name = btf__name_by_offset(btf, m->name_off);
		if (name && !strcmp(name, member))
			return btf_member_bit_offset(t, i);
		if (name && *name)
			continue;
		inner = user_offset_in(btf, m->type, member);
		if (inner >= 0)
			return btf_member_bit_offset(t, i) + inner;
	}
	return -1;
}

/* Both end the process with status 4 if this kernel does not say. */
static inline struct btf *user_kernel_btf(void)
{
	struct btf *btf = btf__parse_raw("/sys/kernel/btf/vmlinux");
	int err = libbpf_get_error(btf);

	if (err)
		observe_skip("/sys/kernel/btf/vmlinux: %s: nothing says where a task's parent is (CONFIG_DEBUG_INFO_BTF)",
			     strerror(-err));
	return btf;
}

/* In bytes. */
static inline __u32 user_offset(const struct btf *btf, const char *type, const char *member)
{
	long bits = user_offset_in(btf, btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT),
				   member);

	if (bits < 0)
		observe_skip("the kernel's BTF does not say where %s.%s is", type, member);
	return bits / 8;
}

#endif
