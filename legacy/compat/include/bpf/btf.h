/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf.h - libbpf 0.x's BTF, on libbpf >= 1.0.
 *
 * A function that returns a pointer returns the error as a pointer, as in libbpf.h.
 * btf_dump__new() has four arguments in 0.x and in 1.0: here the second one decides, as
 * it is a function in 1.0.  btf__dedup() has lost its second argument.
 */
#ifndef COMPAT_BPF_BTF_H
#define COMPAT_BPF_BTF_H

#include <stdarg.h>
#include "libbpf.h"
/* So that -pedantic does not warn about extensions in here. */
#pragma GCC system_header
#ifndef COMPAT_IMPLEMENTATION
#define btf_dedup_opts btf_dedup_opts_of_1_0
#define btf_dump_opts btf_dump_opts_of_1_0
#define btf__dedup btf__dedup_of_1_0
#define btf_dump__new btf_dump__new_of_1_0

COMPAT_CALL(btf__new)
COMPAT_CALL(btf__new_empty)
COMPAT_CALL(btf__new_empty_split)
COMPAT_CALL(btf__parse)
COMPAT_CALL(btf__parse_split)
COMPAT_CALL(btf__parse_elf)
COMPAT_CALL(btf__parse_elf_split)
COMPAT_CALL(btf__parse_raw)
COMPAT_CALL(btf__parse_raw_split)
COMPAT_CALL(btf__load_vmlinux_btf)
COMPAT_CALL(btf__load_module_btf)
COMPAT_CALL(btf__load_from_kernel_by_id)
COMPAT_CALL(btf__load_from_kernel_by_id_split)
COMPAT_CALL(libbpf_find_kernel_btf)
COMPAT_CALL(btf_ext__new)
#endif

#include_next <bpf/btf.h>
#undef btf_dedup_opts
#undef btf_dump_opts
#undef btf__dedup
#undef btf_dump__new

#ifdef __cplusplus
extern "C" {
#endif

/* Removed in 1.0: btf__load_into_kernel(), btf__load_from_kernel_by_id(). */
int btf__load(struct btf *btf);
int btf__get_from_id(__u32 id, struct btf **btf);
/* Removed in 1.0: btf__type_cnt() - 1. */
__u32 btf__get_nr_types(const struct btf *btf);
/* Removed in 1.0: bpf_object__open*() does this. */
int btf__finalize_data(struct bpf_object *obj, struct btf *btf);
/* Removed in 1.0: bpf_map__btf_key_type_id(), bpf_map__btf_value_type_id(). */
int btf__get_map_kv_tids(const struct btf *btf, const char *map_name,
			 __u32 expected_key_size, __u32 expected_value_size,
			 __u32 *key_type_id, __u32 *value_type_id);

/* Removed in 1.0: walk over btf_ext__get_raw_data(). */
int btf_ext__reloc_func_info(const struct btf *btf, const struct btf_ext *btf_ext,
			     const char *sec_name, __u32 insns_cnt, void **func_info, __u32 *cnt);
int btf_ext__reloc_line_info(const struct btf *btf, const struct btf_ext *btf_ext,
			     const char *sec_name, __u32 insns_cnt, void **line_info, __u32 *cnt);
__u32 btf_ext__func_info_rec_size(const struct btf_ext *btf_ext);
__u32 btf_ext__line_info_rec_size(const struct btf_ext *btf_ext);

struct COMPAT_THEN(btf_dedup_opts) {
	union {
		struct {
			size_t sz;
			struct btf_ext *btf_ext;
			bool force_collisions;
			size_t :0;
		};
		struct {
			unsigned int dedup_table_size;
			bool dont_resolve_fwds;
		};
	};
};

struct COMPAT_THEN(btf_dump_opts) {
	union {
		size_t sz;
		void *ctx;
	};
};

int btf__dedup_deprecated(struct btf *btf, struct btf_ext *btf_ext, const void *opts);
struct btf_dump *btf_dump__new_deprecated(const struct btf *btf, const struct btf_ext *btf_ext,
					  const struct COMPAT_THEN(btf_dump_opts) *opts,
					  btf_dump_printf_fn_t print);
#ifndef COMPAT_IMPLEMENTATION
int btf__dedup(struct btf *btf, struct btf_ext *btf_ext, const struct btf_dedup_opts *opts)
	__asm__("btf__dedup_deprecated");
struct btf_dump *btf_dump__new(const struct btf *btf, const struct btf_ext *btf_ext,
			       const struct btf_dump_opts *opts, btf_dump_printf_fn_t print)
	__asm__("btf_dump__new_deprecated");
#endif

#ifdef __cplusplus
}

/* Overloading needs C++ linkage; the source may include this in its own extern "C". */
extern "C++" {
#endif

int COMPAT_NOW(btf__dedup)(struct btf *btf, const struct COMPAT_THEN(btf_dedup_opts) *opts)
	__asm__("compat_now_btf__dedup");
struct btf_dump *COMPAT_NOW(btf_dump__new)(const struct btf *btf, btf_dump_printf_fn_t print,
		void *ctx, const struct COMPAT_THEN(btf_dump_opts) *opts)
	__asm__("compat_now_btf_dump__new");

#ifdef __cplusplus
}
#endif

#if !defined(COMPAT_IMPLEMENTATION) && !defined(__cplusplus)
#define btf__dedup(btf, ...) \
	__builtin_choose_expr(COMPAT_ONE(__VA_ARGS__), compat_now_btf__dedup, \
			      btf__dedup)(btf, __VA_ARGS__)
#define btf_dump__new(btf, second, ...) \
	_Generic((second), btf_dump_printf_fn_t: compat_now_btf_dump__new, \
		 default: btf_dump__new)(btf, second, __VA_ARGS__)
#endif

#elif !defined(__LIBBPF_BTF_H)
#pragma GCC system_header
/* This file was found once more on the way to libbpf's: see bpf.h. */
#include_next <bpf/btf.h>
#endif
