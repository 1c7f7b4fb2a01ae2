// SPDX-License-Identifier: GPL-2.0
/*
 * calls.c - functions of libbpf that only report errors in another way than in 0.x.
 *
 * The headers redirect NAME to compat_NAME, which calls NAME and reports errors as 0.x
 * did: see error.c.
 */
#include "compat.h"

#define CALL(name, params, args) \
int compat_##name params \
{ \
	return compat_errno(name args); \
}

CALL(bpf_map_create,
	(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
	 __u32 max_entries, const struct bpf_map_create_opts *opts),
	(type, name, key_size, value_size, max_entries, opts))
CALL(bpf_map_update_elem, (int fd, const void *key, const void *value, __u64 flags),
	(fd, key, value, flags))
CALL(bpf_map_lookup_elem, (int fd, const void *key, void *value), (fd, key, value))
CALL(bpf_map_lookup_elem_flags, (int fd, const void *key, void *value, __u64 flags),
	(fd, key, value, flags))
CALL(bpf_map_lookup_and_delete_elem, (int fd, const void *key, void *value), (fd, key, value))
CALL(bpf_map_lookup_and_delete_elem_flags, (int fd, const void *key, void *value, __u64 flags),
	(fd, key, value, flags))
CALL(bpf_map_delete_elem, (int fd, const void *key), (fd, key))
CALL(bpf_map_delete_elem_flags, (int fd, const void *key, __u64 flags), (fd, key, flags))
CALL(bpf_map_get_next_key, (int fd, const void *key, void *next), (fd, key, next))
CALL(bpf_map_freeze, (int fd), (fd))
CALL(bpf_map_delete_batch,
	(int fd, const void *keys, __u32 *count, const struct bpf_map_batch_opts *opts),
	(fd, keys, count, opts))
CALL(bpf_map_lookup_batch,
	(int fd, void *in, void *out, void *keys, void *values, __u32 *count,
	 const struct bpf_map_batch_opts *opts),
	(fd, in, out, keys, values, count, opts))
CALL(bpf_map_lookup_and_delete_batch,
	(int fd, void *in, void *out, void *keys, void *values, __u32 *count,
	 const struct bpf_map_batch_opts *opts),
	(fd, in, out, keys, values, count, opts))
CALL(bpf_map_update_batch,
	(int fd, const void *keys, const void *values, __u32 *count,
	 const struct bpf_map_batch_opts *opts),
	(fd, keys, values, count, opts))
CALL(bpf_obj_pin, (int fd, const char *path), (fd, path))
CALL(bpf_obj_get, (const char *path), (path))
CALL(bpf_prog_attach, (int prog, int target, enum bpf_attach_type type, unsigned int flags),
	(prog, target, type, flags))
CALL(bpf_prog_attach_opts,
	(int prog, int target, enum bpf_attach_type type, const struct bpf_prog_attach_opts *opts),
	(prog, target, type, opts))
CALL(bpf_prog_detach, (int target, enum bpf_attach_type type), (target, type))
CALL(bpf_prog_detach2, (int prog, int target, enum bpf_attach_type type), (prog, target, type))
CALL(bpf_link_create,
	(int prog, int target, enum bpf_attach_type type, const struct bpf_link_create_opts *opts),
	(prog, target, type, opts))
CALL(bpf_link_update, (int link, int prog, const struct bpf_link_update_opts *opts),
	(link, prog, opts))
CALL(bpf_link_detach, (int link), (link))
CALL(bpf_prog_bind_map, (int prog, int map, const struct bpf_prog_bind_opts *opts),
	(prog, map, opts))
CALL(bpf_enable_stats, (enum bpf_stats_type type), (type))
/* libbpf >= 1.2 stores log_true_size in the options, so that they are not const. */
CALL(bpf_btf_load, (const void *data, size_t size, const struct bpf_btf_load_opts *opts),
	(data, size, (void *)opts))
CALL(bpf_iter_create, (int link), (link))
CALL(bpf_prog_get_next_id, (__u32 id, __u32 *next), (id, next))
CALL(bpf_map_get_next_id, (__u32 id, __u32 *next), (id, next))
CALL(bpf_btf_get_next_id, (__u32 id, __u32 *next), (id, next))
CALL(bpf_link_get_next_id, (__u32 id, __u32 *next), (id, next))
CALL(bpf_prog_get_fd_by_id, (__u32 id), (id))
CALL(bpf_map_get_fd_by_id, (__u32 id), (id))
CALL(bpf_btf_get_fd_by_id, (__u32 id), (id))
CALL(bpf_link_get_fd_by_id, (__u32 id), (id))
CALL(bpf_obj_get_info_by_fd, (int fd, void *info, __u32 *len), (fd, info, len))
CALL(bpf_prog_query,
	(int target, enum bpf_attach_type type, __u32 query_flags, __u32 *attach_flags, __u32 *ids,
	 __u32 *cnt),
	(target, type, query_flags, attach_flags, ids, cnt))
CALL(bpf_raw_tracepoint_open, (const char *name, int prog), (name, prog))
CALL(bpf_task_fd_query,
	(int pid, int fd, __u32 flags, char *buf, __u32 *len, __u32 *prog_id, __u32 *type,
	 __u64 *offset, __u64 *addr),
	(pid, fd, flags, buf, len, prog_id, type, offset, addr))
CALL(bpf_prog_test_run_opts, (int prog, struct bpf_test_run_opts *opts), (prog, opts))

int compat_now_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
			     const struct bpf_insn *insns, size_t insns_cnt,
			     const struct bpf_prog_load_opts *opts)
{
	return compat_errno(bpf_prog_load(type, name, license, insns, insns_cnt, (void *)opts));
}

#define BTF(name, params, args) \
struct btf *compat_##name params \
{ \
	return compat_pointer(name args); \
}

BTF(btf__new, (const void *data, __u32 size), (data, size))
BTF(btf__new_empty, (void), ())
BTF(btf__new_empty_split, (struct btf *base), (base))
BTF(btf__parse, (const char *path, struct btf_ext **ext), (path, ext))
BTF(btf__parse_split, (const char *path, struct btf *base), (path, base))
BTF(btf__parse_elf, (const char *path, struct btf_ext **ext), (path, ext))
BTF(btf__parse_elf_split, (const char *path, struct btf *base), (path, base))
BTF(btf__parse_raw, (const char *path), (path))
BTF(btf__parse_raw_split, (const char *path, struct btf *base), (path, base))
BTF(btf__load_vmlinux_btf, (void), ())
BTF(btf__load_module_btf, (const char *module, struct btf *base), (module, base))
BTF(btf__load_from_kernel_by_id, (__u32 id), (id))
BTF(btf__load_from_kernel_by_id_split, (__u32 id, struct btf *base), (id, base))
BTF(libbpf_find_kernel_btf, (void), ())

struct btf_ext *compat_btf_ext__new(const __u8 *data, __u32 size)
{
	return compat_pointer(btf_ext__new(data, size));
}

#define LINK(name, params, args) \
struct bpf_link *compat_##name params \
{ \
	return compat_pointer(name args); \
}

LINK(bpf_link__open, (const char *path), (path))
LINK(bpf_map__attach_struct_ops, (const struct bpf_map *map), (map))
LINK(bpf_program__attach, (const struct bpf_program *prog), (prog))
LINK(bpf_program__attach_perf_event, (const struct bpf_program *prog, int fd), (prog, fd))
LINK(bpf_program__attach_perf_event_opts,
	(const struct bpf_program *prog, int fd, const struct bpf_perf_event_opts *opts),
	(prog, fd, opts))
LINK(bpf_program__attach_kprobe, (const struct bpf_program *prog, bool ret, const char *func),
	(prog, ret, func))
LINK(bpf_program__attach_kprobe_opts,
	(const struct bpf_program *prog, const char *func, const struct bpf_kprobe_opts *opts),
	(prog, func, opts))
LINK(bpf_program__attach_kprobe_multi_opts,
	(const struct bpf_program *prog, const char *pattern,
	 const struct bpf_kprobe_multi_opts *opts),
	(prog, pattern, opts))
LINK(bpf_program__attach_uprobe,
	(const struct bpf_program *prog, bool ret, pid_t pid, const char *path, size_t offset),
	(prog, ret, pid, path, offset))
LINK(bpf_program__attach_uprobe_opts,
	(const struct bpf_program *prog, pid_t pid, const char *path, size_t offset,
	 const struct bpf_uprobe_opts *opts),
	(prog, pid, path, offset, opts))
LINK(bpf_program__attach_usdt,
	(const struct bpf_program *prog, pid_t pid, const char *path, const char *provider,
	 const char *name, const struct bpf_usdt_opts *opts),
	(prog, pid, path, provider, name, opts))
LINK(bpf_program__attach_tracepoint,
	(const struct bpf_program *prog, const char *category, const char *name),
	(prog, category, name))
LINK(bpf_program__attach_tracepoint_opts,
	(const struct bpf_program *prog, const char *category, const char *name,
	 const struct bpf_tracepoint_opts *opts),
	(prog, category, name, opts))
LINK(bpf_program__attach_raw_tracepoint, (const struct bpf_program *prog, const char *name),
	(prog, name))
LINK(bpf_program__attach_trace, (const struct bpf_program *prog), (prog))
LINK(bpf_program__attach_trace_opts,
	(const struct bpf_program *prog, const struct bpf_trace_opts *opts), (prog, opts))
LINK(bpf_program__attach_lsm, (const struct bpf_program *prog), (prog))
LINK(bpf_program__attach_cgroup, (const struct bpf_program *prog, int fd), (prog, fd))
LINK(bpf_program__attach_netns, (const struct bpf_program *prog, int fd), (prog, fd))
LINK(bpf_program__attach_xdp, (const struct bpf_program *prog, int ifindex), (prog, ifindex))
LINK(bpf_program__attach_freplace,
	(const struct bpf_program *prog, int fd, const char *func), (prog, fd, func))
LINK(bpf_program__attach_iter,
	(const struct bpf_program *prog, const struct bpf_iter_attach_opts *opts), (prog, opts))
