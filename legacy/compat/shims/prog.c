// SPDX-License-Identifier: GPL-2.0
/*
 * prog.c - find programs, load them from memory, and run them.
 *
 * Before 0.2 a program was found by its section, which was its "title".  Since then a
 * section may have several programs, and a program is found by the function's name.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "maps2btf/sections.h"

const char *compat_bpf_program__section_name(const struct bpf_program *prog)
{
	struct compat_note *note = compat_note(prog);

	return note && note->title ? note->title : bpf_program__section_name(prog);
}

/* @name is that of a section.  Returns 0 or -errno.  1.0 only accepts whole names. */
int compat_libbpf_prog_type_by_name(const char *name, enum bpf_prog_type *prog_type,
				    enum bpf_attach_type *expected_attach_type)
{
	const struct compat_section *s = name ? compat_section(name) : NULL;

	if (!s || compat_strict(LIBBPF_STRICT_SEC_NAME))
		return libbpf_prog_type_by_name(name, prog_type, expected_attach_type);
	*prog_type = s->type;
	*expected_attach_type = s->attach;
	return 0;
}

int compat_libbpf_attach_type_by_name(const char *name, enum bpf_attach_type *attach_type)
{
	const struct compat_section *s = name ? compat_section(name) : NULL;

	/* 0 is BPF_CGROUP_INET_INGRESS or no type at all: libbpf knows which. */
	if (!s || !s->attach || compat_strict(LIBBPF_STRICT_SEC_NAME))
		return libbpf_attach_type_by_name(name, attach_type);
	*attach_type = s->attach;
	return 0;
}

struct bpf_program *bpf_object__find_program_by_title(const struct bpf_object *obj,
						      const char *title)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		if (!strcmp(compat_bpf_program__section_name(prog), title))
			return prog;
	errno = ENOENT;
	return NULL;
}

const char *bpf_program__title(const struct bpf_program *prog, bool needs_copy)
{
	const char *title = compat_bpf_program__section_name(prog);

	return needs_copy ? compat_pointer(strdup(title)) : title;
}

struct bpf_program *bpf_program__next(struct bpf_program *prog, const struct bpf_object *obj)
{
	return bpf_object__next_program(obj, prog);
}

struct bpf_program *bpf_program__prev(struct bpf_program *prog, const struct bpf_object *obj)
{
	return bpf_object__prev_program(obj, prog);
}

size_t bpf_program__size(const struct bpf_program *prog)
{
	return bpf_program__insn_cnt(prog) * sizeof(struct bpf_insn);
}

#define PROG_TYPE(name, type) \
int bpf_program__set_##name(struct bpf_program *prog) \
{ \
	return prog ? bpf_program__set_type(prog, type) : -EINVAL; \
} \
\
bool bpf_program__is_##name(const struct bpf_program *prog) \
{ \
	return prog && bpf_program__type(prog) == type; \
}

PROG_TYPE(socket_filter, BPF_PROG_TYPE_SOCKET_FILTER)
PROG_TYPE(lsm, BPF_PROG_TYPE_LSM)
PROG_TYPE(kprobe, BPF_PROG_TYPE_KPROBE)
PROG_TYPE(sched_cls, BPF_PROG_TYPE_SCHED_CLS)
PROG_TYPE(sched_act, BPF_PROG_TYPE_SCHED_ACT)
PROG_TYPE(tracepoint, BPF_PROG_TYPE_TRACEPOINT)
PROG_TYPE(raw_tracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT)
PROG_TYPE(xdp, BPF_PROG_TYPE_XDP)
PROG_TYPE(perf_event, BPF_PROG_TYPE_PERF_EVENT)
PROG_TYPE(tracing, BPF_PROG_TYPE_TRACING)
PROG_TYPE(struct_ops, BPF_PROG_TYPE_STRUCT_OPS)
PROG_TYPE(extension, BPF_PROG_TYPE_EXT)
PROG_TYPE(sk_lookup, BPF_PROG_TYPE_SK_LOOKUP)

int bpf_load_program_xattr(const struct bpf_load_program_attr *attr, char *log, size_t log_size)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	if (!attr || !log != !log_size)
		return -EINVAL;
	opts.expected_attach_type = attr->expected_attach_type;
	opts.prog_btf_fd = attr->prog_btf_fd;
	opts.prog_flags = attr->prog_flags;
	opts.func_info = attr->func_info;
	opts.func_info_cnt = attr->func_info_cnt;
	opts.func_info_rec_size = attr->func_info_rec_size;
	opts.line_info = attr->line_info;
	opts.line_info_cnt = attr->line_info_cnt;
	opts.line_info_rec_size = attr->line_info_rec_size;
	opts.log_level = attr->log_level;
	opts.log_buf = log;
	opts.log_size = log_size;
	/* Two pairs of members are unions: the type says which member is valid. */
	switch (attr->prog_type) {
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_LSM:
		opts.attach_btf_id = attr->attach_btf_id;
		break;
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_EXT:
		opts.attach_btf_id = attr->attach_btf_id;
		opts.attach_prog_fd = attr->attach_prog_fd;
		break;
	default:
		opts.prog_ifindex = attr->prog_ifindex;
		opts.kern_version = attr->kern_version;
	}
	return compat_errno(bpf_prog_load(attr->prog_type, attr->name, attr->license,
					  attr->insns, attr->insns_cnt, &opts));
}

int bpf_load_program(enum bpf_prog_type type, const struct bpf_insn *insns, size_t insns_cnt,
		     const char *license, __u32 kern_version, char *log, size_t log_size)
{
	struct bpf_load_program_attr attr = {
		.prog_type = type, .insns = insns, .insns_cnt = insns_cnt,
		.license = license, .kern_version = kern_version,
	};

	return bpf_load_program_xattr(&attr, log, log_size);
}

int bpf_verify_program(enum bpf_prog_type type, const struct bpf_insn *insns, size_t insns_cnt,
		       __u32 prog_flags, const char *license, __u32 kern_version,
		       char *log, size_t log_size, int log_level)
{
	struct bpf_load_program_attr attr = {
		.prog_type = type, .insns = insns, .insns_cnt = insns_cnt,
		.license = license, .kern_version = kern_version,
		.prog_flags = prog_flags, .log_level = log_level,
	};

	return bpf_load_program_xattr(&attr, log, log_size);
}

/* Only the name has changed. */
int bpf_prog_attach_xattr(int prog_fd, int attachable_fd, enum bpf_attach_type type,
			  const struct bpf_prog_attach_opts *opts)
{
	return compat_errno(bpf_prog_attach_opts(prog_fd, attachable_fd, type, opts));
}

int bpf_load_btf(const void *btf, __u32 size, char *log, __u32 log_size, bool do_log)
{
	LIBBPF_OPTS(bpf_btf_load_opts, opts,
		.log_buf = log, .log_size = log_size, .log_level = do_log && log && log_size);

	return compat_errno(bpf_btf_load(btf, size, &opts));
}

int bpf_prog_test_run_xattr(struct bpf_prog_test_run_attr *attr)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.repeat = attr->repeat,
		.data_in = attr->data_in, .data_size_in = attr->data_size_in,
		.data_out = attr->data_out, .data_size_out = attr->data_size_out,
		.ctx_in = attr->ctx_in, .ctx_size_in = attr->ctx_size_in,
		.ctx_out = attr->ctx_out, .ctx_size_out = attr->ctx_size_out);
	int err;

	if (!attr->data_out && attr->data_size_out)
		return -EINVAL;
	err = bpf_prog_test_run_opts(attr->prog_fd, &opts);
	attr->data_size_out = opts.data_size_out;
	attr->ctx_size_out = opts.ctx_size_out;
	attr->retval = opts.retval;
	attr->duration = opts.duration;
	return compat_errno(err);
}

/* As in 0.x, *@size_out is only written: nothing limits what the kernel writes to @data_out. */
int bpf_prog_test_run(int prog_fd, int repeat, void *data, __u32 size, void *data_out,
		      __u32 *size_out, __u32 *retval, __u32 *duration)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.repeat = repeat, .data_in = data, .data_size_in = size, .data_out = data_out);
	int err = bpf_prog_test_run_opts(prog_fd, &opts);

	if (size_out)
		*size_out = opts.data_size_out;
	if (retval)
		*retval = opts.retval;
	if (duration)
		*duration = opts.duration;
	return compat_errno(err);
}

/*
 * In 0.x the probes returned false if they could not tell.  libbpf 1.x cannot probe a
 * device that programs are offloaded to: for a device (@ifindex) the answer is false.
 */
bool bpf_probe_prog_type(enum bpf_prog_type type, __u32 ifindex)
{
	return !ifindex && libbpf_probe_bpf_prog_type(type, NULL) == 1;
}

bool bpf_probe_map_type(enum bpf_map_type type, __u32 ifindex)
{
	return !ifindex && libbpf_probe_bpf_map_type(type, NULL) == 1;
}

/* Does the kernel accept more than 4096 instructions?  Now: try to load the program. */
bool bpf_probe_large_insn_limit(__u32 ifindex)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_ifindex = ifindex);
	struct bpf_insn insns[BPF_MAXINSNS + 1];
	int fd;

	for (int i = 0; i < BPF_MAXINSNS; i++)
		insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 };
	insns[BPF_MAXINSNS] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NULL, "GPL", insns, BPF_MAXINSNS + 1, &opts);
	if (fd >= 0)
		close(fd);
	return fd != -E2BIG && fd != -EINVAL;
}

bool bpf_probe_helper(enum bpf_func_id id, enum bpf_prog_type type, __u32 ifindex)
{
	return !ifindex && libbpf_probe_bpf_helper(type, id, NULL) == 1;
}
