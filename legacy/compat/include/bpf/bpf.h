/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf.h - libbpf 0.x's calls of bpf(2), on libbpf >= 1.0.
 *
 * The functions that 1.0 removed are declared here, and are in compat's library, written
 * with the functions that replaced them.  Two things kept their names, but changed:
 *
 * - a call that fails returned -1 in 0.x, and returns -errno in 1.0; both set errno.
 *   With 1.0, `if (bpf_map_lookup_elem(...) == -1)` does not work any more.
 * - bpf_prog_load() had the arguments (file, type, &object, &fd) in 0.x; in 1.0 it is the
 *   command BPF_PROG_LOAD.  libbpf 0.6 to 0.8 chose one by the number of arguments; here
 *   the first argument decides: a string, or a number.
 */
/* So that -pedantic does not warn about extensions in here. */
#pragma GCC system_header
#ifndef COMPAT_BPF_BPF_H
#define COMPAT_BPF_BPF_H

/*
 * In a source for libbpf 0.x a name has the meaning of 0.x, so what libbpf 1.x declares
 * under this name gets another one.  compat's own sources see both: the meaning of 0.x is
 * compat_NAME there.
 */
#ifdef COMPAT_IMPLEMENTATION
#define COMPAT_THEN(name) compat_##name
#else
#define COMPAT_THEN(name) name
#define bpf_prog_load bpf_prog_load_of_1_0

/*
 * Redirects a function that reports errors in another way now.  This is no macro with the
 * function's name, as a struct member may have this name, and its address may be taken.
 */
#define COMPAT_PRAGMA(text) _Pragma(#text)
#define COMPAT_CALL(name) COMPAT_PRAGMA(redefine_extname name compat_##name)

/* These return -1 on error, as in 0.x. */
COMPAT_CALL(bpf_map_update_elem)
COMPAT_CALL(bpf_map_lookup_elem)
COMPAT_CALL(bpf_map_lookup_elem_flags)
COMPAT_CALL(bpf_map_lookup_and_delete_elem)
COMPAT_CALL(bpf_map_delete_elem)
COMPAT_CALL(bpf_map_get_next_key)
COMPAT_CALL(bpf_map_create)
COMPAT_CALL(bpf_map_delete_elem_flags)
COMPAT_CALL(bpf_map_lookup_and_delete_elem_flags)
COMPAT_CALL(bpf_map_freeze)
COMPAT_CALL(bpf_map_delete_batch)
COMPAT_CALL(bpf_map_lookup_batch)
COMPAT_CALL(bpf_map_lookup_and_delete_batch)
COMPAT_CALL(bpf_map_update_batch)
COMPAT_CALL(bpf_obj_pin)
COMPAT_CALL(bpf_obj_get)
COMPAT_CALL(bpf_prog_attach)
COMPAT_CALL(bpf_prog_attach_opts)
COMPAT_CALL(bpf_prog_detach)
COMPAT_CALL(bpf_prog_detach2)
COMPAT_CALL(bpf_link_create)
COMPAT_CALL(bpf_link_update)
COMPAT_CALL(bpf_link_detach)
COMPAT_CALL(bpf_prog_bind_map)
COMPAT_CALL(bpf_enable_stats)
COMPAT_CALL(bpf_btf_load)
COMPAT_CALL(bpf_iter_create)
COMPAT_CALL(bpf_prog_get_next_id)
COMPAT_CALL(bpf_map_get_next_id)
COMPAT_CALL(bpf_btf_get_next_id)
COMPAT_CALL(bpf_link_get_next_id)
COMPAT_CALL(bpf_prog_get_fd_by_id)
COMPAT_CALL(bpf_map_get_fd_by_id)
COMPAT_CALL(bpf_btf_get_fd_by_id)
COMPAT_CALL(bpf_link_get_fd_by_id)
COMPAT_CALL(bpf_obj_get_info_by_fd)
COMPAT_CALL(bpf_prog_query)
COMPAT_CALL(bpf_raw_tracepoint_open)
COMPAT_CALL(bpf_task_fd_query)
COMPAT_CALL(bpf_prog_test_run_opts)
#endif

/* Some versions of libbpf left this in the header when the function was removed. */
#define bpf_prog_test_run_attr bpf_prog_test_run_attr_left_over
#include_next <bpf/bpf.h>
#undef bpf_prog_test_run_attr
#undef bpf_prog_load

/*
 * A name that was reused is the function of 0.x, and a macro that calls the function of
 * 1.x if the arguments are those of 1.x.  In C++ these are two overloaded functions.
 */
#ifdef __cplusplus
#define COMPAT_NOW(name) name
#else
#define COMPAT_NOW(name) compat_now_##name
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct bpf_object;

/* Removed in 1.0: fill in struct bpf_map_create_opts, call bpf_map_create(). */
struct bpf_create_map_attr {
	const char *name;
	enum bpf_map_type map_type;
	__u32 map_flags;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 numa_node;
	__u32 btf_fd;
	__u32 btf_key_type_id;
	__u32 btf_value_type_id;
	__u32 map_ifindex;
	union {
		__u32 inner_map_fd;
		__u32 btf_vmlinux_value_type_id;
	};
};

int bpf_create_map_xattr(const struct bpf_create_map_attr *attr);
int bpf_create_map(enum bpf_map_type type, int key_size, int value_size, int max_entries,
		   __u32 flags);
int bpf_create_map_name(enum bpf_map_type type, const char *name, int key_size,
			int value_size, int max_entries, __u32 flags);
int bpf_create_map_node(enum bpf_map_type type, const char *name, int key_size,
			int value_size, int max_entries, __u32 flags, int node);
int bpf_create_map_in_map(enum bpf_map_type type, const char *name, int key_size,
			  int inner_map_fd, int max_entries, __u32 flags);
int bpf_create_map_in_map_node(enum bpf_map_type type, const char *name, int key_size,
			       int inner_map_fd, int max_entries, __u32 flags, int node);

/* Removed in 1.0: fill in struct bpf_prog_load_opts, call bpf_prog_load(). */
struct bpf_load_program_attr {
	enum bpf_prog_type prog_type;
	enum bpf_attach_type expected_attach_type;
	const char *name;
	const struct bpf_insn *insns;
	size_t insns_cnt;
	const char *license;
	union {
		__u32 kern_version;
		__u32 attach_prog_fd;
	};
	union {
		__u32 prog_ifindex;
		__u32 attach_btf_id;
	};
	__u32 prog_btf_fd;
	__u32 func_info_rec_size;
	const void *func_info;
	__u32 func_info_cnt;
	__u32 line_info_rec_size;
	const void *line_info;
	__u32 line_info_cnt;
	__u32 log_level;
	__u32 prog_flags;
};

int bpf_load_program_xattr(const struct bpf_load_program_attr *attr, char *log, size_t log_size);
int bpf_load_program(enum bpf_prog_type type, const struct bpf_insn *insns, size_t insns_cnt,
		     const char *license, __u32 kern_version, char *log, size_t log_size);
int bpf_verify_program(enum bpf_prog_type type, const struct bpf_insn *insns, size_t insns_cnt,
		       __u32 prog_flags, const char *license, __u32 kern_version,
		       char *log, size_t log_size, int log_level);

/* Removed in 1.0: bpf_btf_load(). */
int bpf_load_btf(const void *btf, __u32 size, char *log, __u32 log_size, bool do_log);

/* Removed in 1.0: bpf_prog_test_run_opts(). */
struct bpf_prog_test_run_attr {
	int prog_fd;
	int repeat;
	const void *data_in;
	__u32 data_size_in;
	void *data_out;
	__u32 data_size_out;
	__u32 retval;
	__u32 duration;
	const void *ctx_in;
	__u32 ctx_size_in;
	void *ctx_out;
	__u32 ctx_size_out;
};

int bpf_prog_test_run_xattr(struct bpf_prog_test_run_attr *attr);
int bpf_prog_test_run(int prog_fd, int repeat, void *data, __u32 size, void *data_out,
		      __u32 *size_out, __u32 *retval, __u32 *duration);

/* Removed in 1.0: bpf_prog_attach_opts(). */
int bpf_prog_attach_xattr(int prog_fd, int attachable_fd, enum bpf_attach_type type,
			  const struct bpf_prog_attach_opts *opts);

/* The name of bpf_prog_load() with four arguments since its name was reused. */
int bpf_prog_load_deprecated(const char *file, enum bpf_prog_type type, struct bpf_object **obj,
			     int *prog_fd);
#ifndef COMPAT_IMPLEMENTATION
int bpf_prog_load(const char *file, enum bpf_prog_type type, struct bpf_object **obj,
		  int *prog_fd) __asm__("bpf_prog_load_deprecated");
#endif

#ifdef __cplusplus
}

/* Overloading needs C++ linkage; the source may include this in its own extern "C". */
extern "C++" {
#endif

int COMPAT_NOW(bpf_prog_load)(enum bpf_prog_type type, const char *name, const char *license,
			      const struct bpf_insn *insns, size_t insns_cnt,
			      const struct bpf_prog_load_opts *opts)
	__asm__("compat_now_bpf_prog_load");

#ifdef __cplusplus
}
#endif

#if !defined(COMPAT_IMPLEMENTATION) && !defined(__cplusplus)
#define bpf_prog_load(first, ...) \
	_Generic((first), char *: bpf_prog_load, const char *: bpf_prog_load, \
		 void *: bpf_prog_load, default: compat_now_bpf_prog_load)(first, __VA_ARGS__)
#endif

#elif !defined(__LIBBPF_BPF_H)
/*
 * A source may include <bpf/bpf.h>, with -Iinclude, or "bpf.h", with -Iinclude/bpf.  With
 * -Iinclude/bpf -Iinclude, #include_next above finds this file once more, instead of
 * libbpf's: then go on to libbpf's.
 */
#include_next <bpf/bpf.h>
#endif
