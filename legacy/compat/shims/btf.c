// SPDX-License-Identifier: GPL-2.0
/*
 * btf.c - BTF: functions that were renamed, and internal functions of libbpf.
 *
 * Half of these functions got clearer names.  The other half were of use only to libbpf
 * itself: for the annotations of SEC("maps"), and for .BTF.ext.  A program can read
 * the records of .BTF.ext itself, as is done here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"

int btf__load(struct btf *btf)
{
	return btf__load_into_kernel(btf);
}

/* Stores the result in *@btf, NULL on error; btf__load_from_kernel_by_id() returns it. */
int btf__get_from_id(__u32 id, struct btf **btf)
{
	*btf = btf__load_from_kernel_by_id(id);
	return *btf ? 0 : -errno;
}

/* Does not count void, which is type 0; btf__type_cnt() does. */
__u32 btf__get_nr_types(const struct btf *btf)
{
	return btf__type_cnt(btf) - 1;
}

/* bpf_object__open*() fills in sizes and offsets of variables from the ELF file. */
int btf__finalize_data(struct bpf_object *obj, struct btf *btf)
{
	return btf && btf == bpf_object__btf(obj) ? 0 : -EOPNOTSUPP;
}

/* Reads the struct of BPF_ANNOTATE_KV_PAIR().  Now a map's definition has the types. */
int btf__get_map_kv_tids(const struct btf *btf, const char *map_name,
			 __u32 expected_key_size, __u32 expected_value_size,
			 __u32 *key_type_id, __u32 *value_type_id)
{
	const struct btf_member *member;
	const struct btf_type *t;
	char name[256];
	__s64 size;
	int id;

	if (snprintf(name, sizeof(name), "____btf_map_%s", map_name) >= (int)sizeof(name))
		return -EINVAL;
	id = btf__find_by_name(btf, name);
	if (id < 0)
		return id;
	t = btf__type_by_id(btf, id);
	if (!t || !btf_is_struct(t) || btf_vlen(t) < 2)
		return -EINVAL;
	member = btf_members(t);
	size = btf__resolve_size(btf, member[0].type);
	if (size != expected_key_size)
		return size < 0 ? size : -EINVAL;
	size = btf__resolve_size(btf, member[1].type);
	if (size != expected_value_size)
		return size < 0 ? size : -EINVAL;
	*key_type_id = member[0].type;
	*value_type_id = member[1].type;
	return 0;
}

/* .BTF.ext has a header, and for each kind of records their size, and groups of them. */
struct ext_header {
	__u16 magic;
	__u8 version;
	__u8 flags;
	__u32 hdr_len;
	__u32 func_info_off;
	__u32 func_info_len;
	__u32 line_info_off;
	__u32 line_info_len;
};

static const __u32 *info_of(const struct btf_ext *ext, bool line, __u32 *len)
{
	const struct ext_header *header = btf_ext__get_raw_data(ext, len);
	__u32 off = line ? header->line_info_off : header->func_info_off;

	*len = line ? header->line_info_len : header->func_info_len;
	return (const void *)((const char *)header + header->hdr_len + off);
}

static __u32 rec_size(const struct btf_ext *ext, bool line)
{
	__u32 len;
	const __u32 *info = info_of(ext, line, &len);

	return len ? *info : 0;
}

/*
 * Appends the records of a section to *@infos.  Byte offsets become numbers of
 * instructions, which begin at @insns_cnt.
 */
static int reloc(const struct btf *btf, const struct btf_ext *ext, bool line, const char *sec_name,
		 __u32 insns_cnt, void **infos, __u32 *cnt)
{
	__u32 size = rec_size(ext, line), len, at = sizeof(__u32), n;
	const char *info = (const char *)info_of(ext, line, &len), *name;

	for (; at + 2 * sizeof(__u32) <= len; at += 2 * sizeof(__u32) + n * size) {
		const __u32 *section = (const void *)(info + at);
		char *all;

		n = section[1];
		name = btf__name_by_offset(btf, section[0]);
		if (!name || strcmp(name, sec_name))
			continue;
		all = realloc(*infos, (size_t)(*cnt + n) * size);
		if (!all)
			return -ENOMEM;
		*infos = all;
		all += (size_t)*cnt * size;
		memcpy(all, section + 2, (size_t)n * size);
		for (__u32 i = 0; i < n; i++, all += size)
			*(__u32 *)all = *(__u32 *)all / sizeof(struct bpf_insn) + insns_cnt;
		*cnt += n;
		return 0;
	}
	return -ENOENT;
}

int btf_ext__reloc_func_info(const struct btf *btf, const struct btf_ext *ext,
			     const char *sec_name, __u32 insns_cnt, void **func_info, __u32 *cnt)
{
	return reloc(btf, ext, false, sec_name, insns_cnt, func_info, cnt);
}

int btf_ext__reloc_line_info(const struct btf *btf, const struct btf_ext *ext,
			     const char *sec_name, __u32 insns_cnt, void **line_info, __u32 *cnt)
{
	return reloc(btf, ext, true, sec_name, insns_cnt, line_info, cnt);
}

__u32 btf_ext__func_info_rec_size(const struct btf_ext *ext)
{
	return rec_size(ext, false);
}

__u32 btf_ext__line_info_rec_size(const struct btf_ext *ext)
{
	return rec_size(ext, true);
}

/* Only libbpf's own tests used the old options: @opts is not read. */
int btf__dedup_deprecated(struct btf *btf, struct btf_ext *ext, const void *opts)
{
	LIBBPF_OPTS(btf_dedup_opts, new, .btf_ext = ext);

	(void)opts;
	return btf__dedup(btf, &new);
}

/* libbpf never used @ext; the context is in the options. */
struct btf_dump *btf_dump__new_deprecated(const struct btf *btf, const struct btf_ext *ext,
					  const struct compat_btf_dump_opts *opts,
					  btf_dump_printf_fn_t print)
{
	(void)ext;
	return compat_pointer(btf_dump__new(btf, print, opts ? opts->ctx : NULL, NULL));
}

int compat_now_btf__dedup(struct btf *btf, const struct compat_btf_dedup_opts *opts)
{
	return btf__dedup(btf, (const void *)opts);
}

struct btf_dump *compat_now_btf_dump__new(const struct btf *btf, btf_dump_printf_fn_t print,
					  void *ctx, const struct compat_btf_dump_opts *opts)
{
	return compat_pointer(btf_dump__new(btf, print, ctx, (const void *)opts));
}
