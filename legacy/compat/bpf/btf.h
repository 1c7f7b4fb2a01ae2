/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf.h - libbpf 0.x's BTF, on libbpf >= 1.0.
 *
 * A pointer that is an error holds it, as in libbpf.h.  btf_dump__new() has
 * four arguments then and now: which four they are is seen by the last one, a
 * function then.  btf__dedup() has lost its second.
 */
#ifndef COMPAT_BPF_BTF_H
#define COMPAT_BPF_BTF_H

#include <stdarg.h>
#include <bpf/libbpf.h>
#include_next <bpf/btf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Removed in 1.0: btf__load_into_kernel(), btf__load_from_kernel_by_id(). */
int btf__load(struct btf *btf);
int btf__get_from_id(__u32 id, struct btf **btf);
/* Removed in 1.0: btf__type_cnt() - 1. */
__u32 btf__get_nr_types(const struct btf *btf);
/* Removed in 1.0: bpf_object__open*() does it. */
int btf__finalize_data(struct bpf_object *obj, struct btf *btf);
/* Removed in 1.0: bpf_map__btf_key_type_id(), bpf_map__btf_value_type_id(). */
int btf__get_map_kv_tids(const struct btf *btf, const char *map_name,
			 __u32 expected_key_size, __u32 expected_value_size,
			 __u32 *key_type_id, __u32 *value_type_id);

/* Removed in 1.0: walk over btf_ext__raw_data(). */
int btf_ext__reloc_func_info(const struct btf *btf, const struct btf_ext *btf_ext,
			     const char *sec_name, __u32 insns_cnt, void **func_info, __u32 *cnt);
int btf_ext__reloc_line_info(const struct btf *btf, const struct btf_ext *btf_ext,
			     const char *sec_name, __u32 insns_cnt, void **line_info, __u32 *cnt);
__u32 btf_ext__func_info_rec_size(const struct btf_ext *btf_ext);
__u32 btf_ext__line_info_rec_size(const struct btf_ext *btf_ext);

struct compat_btf_dedup_opts {
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

struct compat_btf_dump_opts {
	union {
		size_t sz;
		void *ctx;
	};
};

int btf__dedup_deprecated(struct btf *btf, struct btf_ext *btf_ext, const void *opts);
struct btf_dump *btf_dump__new_deprecated(const struct btf *btf, const struct btf_ext *btf_ext,
					  const struct compat_btf_dump_opts *opts,
					  btf_dump_printf_fn_t print);
struct btf_dump *compat_btf_dump_new(const struct btf *btf, btf_dump_printf_fn_t print, void *ctx,
				     const struct compat_btf_dump_opts *opts);

#ifdef __cplusplus
}
#endif

#ifndef COMPAT_IMPLEMENTATION

#define btf_dedup_opts compat_btf_dedup_opts
#define COMPAT_BTF_DEDUP_2(btf, opts) btf__dedup(btf, (const void *)(opts))
#define COMPAT_BTF_DEDUP_3 btf__dedup_deprecated
#define btf__dedup(...) \
	COMPAT_COUNT(__VA_ARGS__, 6, 5, 4, COMPAT_BTF_DEDUP_3, COMPAT_BTF_DEDUP_2, 1)(__VA_ARGS__)

#define btf_dump_opts compat_btf_dump_opts
#ifndef __cplusplus
#define btf_dump__new(a, b, c, d) \
	_Generic((d), btf_dump_printf_fn_t: btf_dump__new_deprecated, \
		 default: compat_btf_dump_new)(a, b, c, d)
#endif

#define btf__new(...) COMPAT_POINTER(btf__new(__VA_ARGS__))
#define btf__new_split(...) COMPAT_POINTER(btf__new_split(__VA_ARGS__))
#define btf__new_empty(...) COMPAT_POINTER(btf__new_empty(__VA_ARGS__))
#define btf__new_empty_split(...) COMPAT_POINTER(btf__new_empty_split(__VA_ARGS__))
#define btf__parse(...) COMPAT_POINTER(btf__parse(__VA_ARGS__))
#define btf__parse_split(...) COMPAT_POINTER(btf__parse_split(__VA_ARGS__))
#define btf__parse_elf(...) COMPAT_POINTER(btf__parse_elf(__VA_ARGS__))
#define btf__parse_elf_split(...) COMPAT_POINTER(btf__parse_elf_split(__VA_ARGS__))
#define btf__parse_raw(...) COMPAT_POINTER(btf__parse_raw(__VA_ARGS__))
#define btf__parse_raw_split(...) COMPAT_POINTER(btf__parse_raw_split(__VA_ARGS__))
#define btf__load_vmlinux_btf(...) COMPAT_POINTER(btf__load_vmlinux_btf(__VA_ARGS__))
#define btf__load_module_btf(...) COMPAT_POINTER(btf__load_module_btf(__VA_ARGS__))
#define btf__load_from_kernel_by_id(...) COMPAT_POINTER(btf__load_from_kernel_by_id(__VA_ARGS__))
#define btf__load_from_kernel_by_id_split(...) \
	COMPAT_POINTER(btf__load_from_kernel_by_id_split(__VA_ARGS__))
#define libbpf_find_kernel_btf(...) COMPAT_POINTER(libbpf_find_kernel_btf(__VA_ARGS__))
#define btf_ext__new(...) COMPAT_POINTER(btf_ext__new(__VA_ARGS__))

#endif /* COMPAT_IMPLEMENTATION */
#endif
