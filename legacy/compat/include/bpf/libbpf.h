/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libbpf.h - libbpf 0.x's objects, on libbpf >= 1.0.
 *
 * A source written for 0.x builds unmodified with -Ilegacy/compat/include and
 * libcompat.a -lbpf -lelf -lz.  It gets
 *
 * - objects with SEC("maps"), which are rewritten in memory when they are opened;
 * - the functions that 1.0 removed, declared here and implemented in compat's library;
 * - errors as pointers: on error 1.0 returns NULL and sets errno, but 0.x returned
 *   (void *)-ENOENT and so on.  A source that calls libbpf_get_error(p) works with
 *   both; one that calls IS_ERR(p) takes NULL for success.  As in 0.6 to 0.8, it is NULL
 *   after libbpf_set_strict_mode(LIBBPF_STRICT_CLEAN_PTRS).
 */
#ifndef COMPAT_BPF_LIBBPF_H
#define COMPAT_BPF_LIBBPF_H

#include <errno.h>
#include "bpf.h"
/* So that -pedantic does not warn about extensions in here. */
#pragma GCC system_header
#ifndef COMPAT_IMPLEMENTATION
#define bpf_object_open_opts bpf_object_open_opts_of_1_0
#define bpf_object__open_file bpf_object__open_file_of_1_0
#define bpf_object__open_mem bpf_object__open_mem_of_1_0
#define bpf_object__open_skeleton bpf_object__open_skeleton_of_1_0
#define perf_buffer_opts perf_buffer_opts_of_1_0
#define perf_buffer_raw_opts perf_buffer_raw_opts_of_1_0
#define perf_buffer__new perf_buffer__new_of_1_0
#define perf_buffer__new_raw perf_buffer__new_raw_of_1_0

/* Converts SEC("maps"). */
COMPAT_CALL(bpf_object__open)
/* These load or close the instances and the data that compat keeps for objects. */
COMPAT_CALL(bpf_object__load)
COMPAT_CALL(bpf_object__close)
COMPAT_CALL(bpf_object__destroy_skeleton)
COMPAT_CALL(bpf_program__fd)
/* Returns ".text" for the program of an object whose only program is in .text. */
COMPAT_CALL(bpf_program__section_name)
/* These name the file of a program by its section, not by its function. */
COMPAT_CALL(bpf_object__pin)
COMPAT_CALL(bpf_object__pin_programs)
COMPAT_CALL(bpf_object__unpin_programs)
/* These match the beginning of a name. */
COMPAT_CALL(libbpf_prog_type_by_name)
COMPAT_CALL(libbpf_attach_type_by_name)
/* Also selects the mode in compat. */
COMPAT_CALL(libbpf_set_strict_mode)
/* These return an error as a pointer. */
COMPAT_CALL(bpf_link__open)
COMPAT_CALL(bpf_program__attach)
COMPAT_CALL(bpf_program__attach_perf_event)
COMPAT_CALL(bpf_program__attach_perf_event_opts)
COMPAT_CALL(bpf_program__attach_kprobe)
COMPAT_CALL(bpf_program__attach_kprobe_opts)
COMPAT_CALL(bpf_program__attach_uprobe)
COMPAT_CALL(bpf_program__attach_uprobe_opts)
COMPAT_CALL(bpf_program__attach_kprobe_multi_opts)
COMPAT_CALL(bpf_program__attach_usdt)
COMPAT_CALL(bpf_program__attach_tracepoint)
COMPAT_CALL(bpf_program__attach_tracepoint_opts)
COMPAT_CALL(bpf_program__attach_raw_tracepoint)
COMPAT_CALL(bpf_program__attach_trace)
COMPAT_CALL(bpf_program__attach_trace_opts)
COMPAT_CALL(bpf_program__attach_lsm)
COMPAT_CALL(bpf_program__attach_cgroup)
COMPAT_CALL(bpf_program__attach_netns)
COMPAT_CALL(bpf_program__attach_xdp)
COMPAT_CALL(bpf_program__attach_freplace)
COMPAT_CALL(bpf_program__attach_iter)
COMPAT_CALL(bpf_map__attach_struct_ops)
#endif

/* Some versions of libbpf left this in the header when the function was removed. */
#define bpf_xdp_set_link_opts bpf_xdp_set_link_opts_left_over
#include_next <bpf/libbpf.h>
#undef bpf_object_open_opts
#undef bpf_object__open_file
#undef bpf_object__open_mem
#undef bpf_object__open_skeleton
#undef perf_buffer_opts
#undef perf_buffer_raw_opts
#undef perf_buffer__new
#undef perf_buffer__new_raw
#undef bpf_xdp_set_link_opts
#undef bpf_xdp_set_link_opts__last_field

#ifdef __cplusplus
extern "C" {
#endif

struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

/* In 1.0 only bpf_helpers.h declares this. */
enum libbpf_pin_type {
	LIBBPF_PIN_NONE,
	LIBBPF_PIN_BY_NAME,
};

/* ---- objects ---- */

struct bpf_object_open_attr {
	const char *file;
	enum bpf_prog_type prog_type;
};

struct bpf_object_load_attr {
	struct bpf_object *obj;
	int log_level;
	const char *target_btf_path;
};

struct bpf_prog_load_attr {
	const char *file;
	enum bpf_prog_type prog_type;
	enum bpf_attach_type expected_attach_type;
	int ifindex;
	int log_level;
	int prog_flags;
};

/*
 * With two options that 1.0 removed: attach_prog_fd (now:
 * bpf_program__set_attach_target()) and relaxed_core_relocs.
 */
struct COMPAT_THEN(bpf_object_open_opts) {
	size_t sz;
	const char *object_name;
	bool relaxed_maps;
	bool relaxed_core_relocs;	/* had no effect since 0.1 */
	const char *pin_root_path;
	__u32 attach_prog_fd;
	const char *kconfig;
	const char *btf_custom_path;
	char *kernel_log_buf;
	size_t kernel_log_size;
	__u32 kernel_log_level;
	size_t :0;
};

/* These kept their names; here they convert SEC("maps"), and take the options of 0.x. */
struct bpf_object *COMPAT_THEN(bpf_object__open_file)(const char *path,
		const struct COMPAT_THEN(bpf_object_open_opts) *opts)
	__asm__("compat_bpf_object__open_file");
struct bpf_object *COMPAT_THEN(bpf_object__open_mem)(const void *buf, size_t size,
		const struct COMPAT_THEN(bpf_object_open_opts) *opts)
	__asm__("compat_bpf_object__open_mem");
int COMPAT_THEN(bpf_object__open_skeleton)(struct bpf_object_skeleton *s,
		const struct COMPAT_THEN(bpf_object_open_opts) *opts)
	__asm__("compat_bpf_object__open_skeleton");
/* Removed in 1.0: bpf_object__open_file(), bpf_object__open_mem(). */
struct bpf_object *bpf_object__open_xattr(struct bpf_object_open_attr *attr);
struct bpf_object *bpf_object__open_buffer(const void *buf, size_t size, const char *name);
/* Removed in 1.0: bpf_object__load(), options at open. */
int bpf_object__load_xattr(struct bpf_object_load_attr *attr);
/* Removed in 1.0: open the object, set types, call bpf_object__load(). */
int bpf_prog_load_xattr(const struct bpf_prog_load_attr *attr, struct bpf_object **obj,
			int *prog_fd);

/* Removed in 1.0: bpf_object__close(). */
int bpf_object__unload(struct bpf_object *obj);
/* Removed in 1.0: keep a list of your own. */
struct bpf_object *bpf_object__next(struct bpf_object *prev);
#define bpf_object__for_each_safe(pos, tmp) \
	for ((pos) = bpf_object__next(NULL), (tmp) = bpf_object__next(pos); (pos); \
	     (pos) = (tmp), (tmp) = bpf_object__next(tmp))
/* Removed in 1.0: keep a table of your own; the same for programs and maps below. */
typedef void (*bpf_object_clear_priv_t)(struct bpf_object *obj, void *priv);
int bpf_object__set_priv(struct bpf_object *obj, void *priv, bpf_object_clear_priv_t clear);
void *bpf_object__priv(const struct bpf_object *obj);

/* ---- programs ---- */

typedef void (*bpf_program_clear_priv_t)(struct bpf_program *prog, void *priv);
int bpf_program__set_priv(struct bpf_program *prog, void *priv, bpf_program_clear_priv_t clear);
void *bpf_program__priv(const struct bpf_program *prog);

/* Removed in 1.0: bpf_object__find_program_by_name(). */
struct bpf_program *bpf_object__find_program_by_title(const struct bpf_object *obj,
						      const char *title);
/* Removed in 1.0: bpf_program__section_name(). */
const char *bpf_program__title(const struct bpf_program *prog, bool needs_copy);
/* Removed in 1.0: bpf_object__next_program(), with the arguments swapped. */
struct bpf_program *bpf_program__next(struct bpf_program *prog, const struct bpf_object *obj);
struct bpf_program *bpf_program__prev(struct bpf_program *prog, const struct bpf_object *obj);
/* Removed in 1.0: bpf_program__insn_cnt(), which counts instructions, not bytes. */
size_t bpf_program__size(const struct bpf_program *prog);

/*
 * Removed in 1.0: bpf_program__set_type(), bpf_program__type().  These are no inline
 * functions: the program may have its own, older <linux/bpf.h>, which does not define
 * all of these types.
 */
#define COMPAT_PROG_TYPE(name) \
	int bpf_program__set_##name(struct bpf_program *prog); \
	bool bpf_program__is_##name(const struct bpf_program *prog)
COMPAT_PROG_TYPE(socket_filter);
COMPAT_PROG_TYPE(lsm);
COMPAT_PROG_TYPE(kprobe);
COMPAT_PROG_TYPE(sched_cls);
COMPAT_PROG_TYPE(sched_act);
COMPAT_PROG_TYPE(tracepoint);
COMPAT_PROG_TYPE(raw_tracepoint);
COMPAT_PROG_TYPE(xdp);
COMPAT_PROG_TYPE(perf_event);
COMPAT_PROG_TYPE(tracing);
COMPAT_PROG_TYPE(struct_ops);
COMPAT_PROG_TYPE(extension);
COMPAT_PROG_TYPE(sk_lookup);
#undef COMPAT_PROG_TYPE

/*
 * Removed in 1.0: when the object is loaded, call bpf_prog_load() for changed copies of
 * bpf_program__insns().
 */
struct bpf_prog_prep_result {
	struct bpf_insn *new_insn_ptr;	/* NULL: do not load this instance */
	int new_insn_cnt;
	int *pfd;
};

typedef int (*bpf_program_prep_t)(struct bpf_program *prog, int n, struct bpf_insn *insns,
				  int insns_cnt, struct bpf_prog_prep_result *res);
int bpf_program__set_prep(struct bpf_program *prog, int cnt, bpf_program_prep_t prep);
int bpf_program__nth_fd(const struct bpf_program *prog, int n);
/* Removed in 1.0: bpf_program__pin(), bpf_program__unpin(). */
int bpf_program__pin_instance(struct bpf_program *prog, const char *path, int instance);
int bpf_program__unpin_instance(struct bpf_program *prog, const char *path, int instance);
/*
 * Removed in 1.0: bpf_object__load(); first bpf_program__set_autoload() for the others.
 */
int bpf_program__load(struct bpf_program *prog, const char *license, __u32 kern_version);

/* Removed in 1.0 without a replacement: call bpf_obj_get_info_by_fd(). */
enum bpf_prog_info_array {
	BPF_PROG_INFO_FIRST_ARRAY = 0,
	BPF_PROG_INFO_JITED_INSNS = 0,
	BPF_PROG_INFO_XLATED_INSNS,
	BPF_PROG_INFO_MAP_IDS,
	BPF_PROG_INFO_JITED_KSYMS,
	BPF_PROG_INFO_JITED_FUNC_LENS,
	BPF_PROG_INFO_FUNC_INFO,
	BPF_PROG_INFO_LINE_INFO,
	BPF_PROG_INFO_JITED_LINE_INFO,
	BPF_PROG_INFO_PROG_TAGS,
	BPF_PROG_INFO_LAST_ARRAY,
};

struct bpf_prog_info_linear {
	__u32 info_len;
	__u32 data_len;
	__u64 arrays;
	struct bpf_prog_info info;
	__u8 data[];
};

struct bpf_prog_info_linear *compat_get_prog_info_linear(int fd, __u64 arrays, size_t size);
/* Inline, as the size of the struct depends on the program's own <linux/bpf.h>. */
static __inline__ struct bpf_prog_info_linear *
bpf_program__get_prog_info_linear(int fd, __u64 arrays)
{
	return compat_get_prog_info_linear(fd, arrays, sizeof(struct bpf_prog_info));
}

void bpf_program__bpil_addr_to_offs(struct bpf_prog_info_linear *linear);
void bpf_program__bpil_offs_to_addr(struct bpf_prog_info_linear *linear);

/* ---- maps ---- */

typedef void (*bpf_map_clear_priv_t)(struct bpf_map *map, void *priv);
int bpf_map__set_priv(struct bpf_map *map, void *priv, bpf_map_clear_priv_t clear);
void *bpf_map__priv(const struct bpf_map *map);
/* Removed in 1.0: bpf_object__find_map_by_name(). */
struct bpf_map *bpf_object__find_map_by_offset(struct bpf_object *obj, size_t offset);

/* Removed in 1.0: bpf_map__type(), bpf_map__key_size() and so on. */
const struct bpf_map_def *bpf_map__def(const struct bpf_map *map);
/* Removed in 1.0: bpf_map__set_max_entries(). */
int bpf_map__resize(struct bpf_map *map, __u32 max_entries);
/* Removed in 1.0: bpf_object__next_map(), with the arguments swapped. */
struct bpf_map *bpf_map__next(const struct bpf_map *map, const struct bpf_object *obj);
struct bpf_map *bpf_map__prev(const struct bpf_map *map, const struct bpf_object *obj);
/* Removed in 1.0: true only for BPF_MAP_TYPE_PERF_EVENT_ARRAY. */
bool bpf_map__is_offload_neutral(const struct bpf_map *map);

/* ---- perf buffers ---- */

/* In 1.0 the callbacks are arguments.  @sz is for calls in the form of 1.0. */
struct COMPAT_THEN(perf_buffer_opts) {
	union {
		size_t sz;
		perf_buffer_sample_fn sample_cb;
	};
	perf_buffer_lost_fn lost_cb;
	void *ctx;
};

struct COMPAT_THEN(perf_buffer_raw_opts) {
	union {
		struct {
			size_t sz;
			long :0;
			long :0;
		};
		struct {
			struct perf_event_attr *attr;
			perf_buffer_event_fn event_cb;
			void *ctx;
		};
	};
	int cpu_cnt;
	int *cpus;
	int *map_keys;
};

/* The names of the functions with three arguments since their names were reused. */
struct perf_buffer *
perf_buffer__new_deprecated(int map_fd, size_t page_cnt,
			    const struct COMPAT_THEN(perf_buffer_opts) *opts);
struct perf_buffer *
perf_buffer__new_raw_deprecated(int map_fd, size_t page_cnt,
				const struct COMPAT_THEN(perf_buffer_raw_opts) *opts);
#ifndef COMPAT_IMPLEMENTATION
struct perf_buffer *perf_buffer__new(int map_fd, size_t page_cnt,
				     const struct perf_buffer_opts *opts)
	__asm__("perf_buffer__new_deprecated");
struct perf_buffer *perf_buffer__new_raw(int map_fd, size_t page_cnt,
					 const struct perf_buffer_raw_opts *opts)
	__asm__("perf_buffer__new_raw_deprecated");
#endif

/* Removed in 1.0: perf_buffer__poll(), perf_buffer__consume(). */
typedef enum bpf_perf_event_ret (*bpf_perf_event_print_t)(struct perf_event_header *event,
							  void *private_data);
enum bpf_perf_event_ret
bpf_perf_event_read_simple(void *mmap_mem, size_t mmap_size, size_t page_size, void **copy_mem,
			   size_t *copy_size, bpf_perf_event_print_t fn, void *private_data);

/* ---- XDP ---- */

struct xdp_link_info {
	__u32 prog_id;
	__u32 drv_prog_id;
	__u32 hw_prog_id;
	__u32 skb_prog_id;
	__u8 attach_mode;
};

struct bpf_xdp_set_link_opts {
	size_t sz;
	int old_fd;
	size_t :0;
};
#define bpf_xdp_set_link_opts__last_field old_fd

/* Removed in 1.0: bpf_xdp_attach(), or bpf_xdp_detach() for fd -1. */
int bpf_set_link_xdp_fd(int ifindex, int fd, __u32 flags);
int bpf_set_link_xdp_fd_opts(int ifindex, int fd, __u32 flags,
			     const struct bpf_xdp_set_link_opts *opts);
/* Removed in 1.0: bpf_xdp_query_id(), bpf_xdp_query(). */
int bpf_get_link_xdp_id(int ifindex, __u32 *prog_id, __u32 flags);
int bpf_get_link_xdp_info(int ifindex, struct xdp_link_info *info, size_t size, __u32 flags);

/* ---- probes ---- */

/* Removed in 1.0: libbpf_probe_bpf_*(), which can also fail (< 0). */
bool bpf_probe_prog_type(enum bpf_prog_type type, __u32 ifindex);
bool bpf_probe_map_type(enum bpf_map_type type, __u32 ifindex);
bool bpf_probe_large_insn_limit(__u32 ifindex);
bool bpf_probe_helper(enum bpf_func_id id, enum bpf_prog_type type, __u32 ifindex);

#ifdef __cplusplus
}

/* Overloading needs C++ linkage; the source may include this in its own extern "C". */
extern "C++" {
#endif

struct perf_buffer *COMPAT_NOW(perf_buffer__new)(int map_fd, size_t page_cnt,
		perf_buffer_sample_fn sample_cb, perf_buffer_lost_fn lost_cb, void *ctx,
		const struct COMPAT_THEN(perf_buffer_opts) *opts)
	__asm__("compat_now_perf_buffer__new");
struct perf_buffer *COMPAT_NOW(perf_buffer__new_raw)(int map_fd, size_t page_cnt,
		struct perf_event_attr *attr, perf_buffer_event_fn event_cb, void *ctx,
		const struct COMPAT_THEN(perf_buffer_raw_opts) *opts)
	__asm__("compat_now_perf_buffer__new_raw");

#ifdef __cplusplus
}
#endif

#if !defined(COMPAT_IMPLEMENTATION) && !defined(__cplusplus)
/*
 * Is there one pointer, or are there more?  The size of an array is used to count them:
 * for a macro, the commas in a compound literal would separate arguments.
 */
#define COMPAT_ONE(...) \
	(sizeof(__extension__ (const void *[]){ __VA_ARGS__ }) == sizeof(const void *))
#define perf_buffer__new(map_fd, page_cnt, ...) \
	__builtin_choose_expr(COMPAT_ONE(__VA_ARGS__), perf_buffer__new, \
			      compat_now_perf_buffer__new)(map_fd, page_cnt, __VA_ARGS__)
#define perf_buffer__new_raw(map_fd, page_cnt, ...) \
	__builtin_choose_expr(COMPAT_ONE(__VA_ARGS__), perf_buffer__new_raw, \
			      compat_now_perf_buffer__new_raw)(map_fd, page_cnt, __VA_ARGS__)
#endif

#elif !defined(__LIBBPF_LIBBPF_H)
#pragma GCC system_header
/* This file was found once more on the way to libbpf's: see bpf.h. */
#include_next <bpf/libbpf.h>
#endif
