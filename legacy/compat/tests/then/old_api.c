// SPDX-License-Identifier: GPL-2.0
/*
 * old_api.c - calls every function that libbpf 1.0 removed, except those of xsk.h.
 *
 * test_compat.sh builds it twice, with compat and with a real libbpf 0.3: a check that
 * passes with both shows that they behave the same.  All functions are called in this
 * one source, so that symbols.tsv can name it.
 * Arguments: the objects of api_kern.c, tc_kern.c, and fixtures/extern.c without BTF.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <bpf/libbpf_util.h>

#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

static const char *file, *tc_file, *undefined_file;
static int tests, failures;

static void check(int ok, const char *name)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", ++tests, name);
	failures += !ok;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return getenv("VERBOSE") ? vfprintf(stderr, fmt, ap) : 0;
}

/* Runs a program in the kernel, and returns its result. */
static int runs(int fd)
{
	char packet[64] = {};
	__u32 retval = -1;

	return bpf_prog_test_run(fd, 1, packet, sizeof(packet), NULL, NULL, &retval, NULL) ?
	       -1 : (int)retval;
}

/* ---- maps ---- */

static __u32 map_info(int fd, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, len);
	return bpf_obj_get_info_by_fd(fd, info, &len) ? 0 : info->type;
}

static void create_maps(void)
{
	struct bpf_create_map_attr attr = {
		.name = "xattr", .map_type = BPF_MAP_TYPE_LRU_HASH, .key_size = 4,
		.value_size = 8, .max_entries = 2,
	};
	struct bpf_map_info info;
	int fd;

	fd = bpf_create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3, 0);
	check(map_info(fd, &info) == BPF_MAP_TYPE_ARRAY && info.max_entries == 3 &&
	      info.value_size == 8, "bpf_create_map()");
	close(fd);
	fd = bpf_create_map_name(BPF_MAP_TYPE_HASH, "named", 4, 8, 1, BPF_F_NO_PREALLOC);
	check(map_info(fd, &info) == BPF_MAP_TYPE_HASH && !strcmp(info.name, "named") &&
	      info.map_flags == BPF_F_NO_PREALLOC, "bpf_create_map_name()");
	close(fd);
	fd = bpf_create_map_node(BPF_MAP_TYPE_HASH, "node", 4, 8, 1, 0, 0);
	check(map_info(fd, &info) == BPF_MAP_TYPE_HASH && info.map_flags == BPF_F_NUMA_NODE,
	      "bpf_create_map_node()");
	close(fd);
	check(bpf_create_map_node(BPF_MAP_TYPE_HASH, "node", 4, 8, 1, 0, 1 << 20) == -1 &&
	      errno == EINVAL, "... on a node that does not exist");
	fd = bpf_create_map_xattr(&attr);
	check(map_info(fd, &info) == BPF_MAP_TYPE_LRU_HASH && !strcmp(info.name, "xattr"),
	      "bpf_create_map_xattr()");
	attr.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
	attr.value_size = 4;
	attr.inner_map_fd = fd;
	check(map_info(bpf_create_map_xattr(&attr), &info) == BPF_MAP_TYPE_ARRAY_OF_MAPS,
	      "... with an inner map");
	check(map_info(bpf_create_map_in_map(BPF_MAP_TYPE_HASH_OF_MAPS, "in", 4, fd, 5, 0),
		       &info) == BPF_MAP_TYPE_HASH_OF_MAPS && info.max_entries == 5,
	      "bpf_create_map_in_map()");
	check(map_info(bpf_create_map_in_map_node(BPF_MAP_TYPE_ARRAY_OF_MAPS, "in", 4, fd, 1, 0,
						  0), &info) == BPF_MAP_TYPE_ARRAY_OF_MAPS &&
	      info.map_flags == BPF_F_NUMA_NODE, "bpf_create_map_in_map_node()");
	check(bpf_create_map_in_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, "in", 4, -1, 1, 0) == -1,
	      "... of nothing is -1");
}

static void maps(struct bpf_object *obj)
{
	struct bpf_map *first = bpf_map__next(NULL, obj), *second = bpf_map__next(first, obj);
	struct bpf_map *events = bpf_object__find_map_by_name(obj, "events");
	struct bpf_map *numbers = bpf_object__find_map_by_name(obj, "numbers");
	struct bpf_map *found = bpf_object__find_map_by_offset(obj, 0);
	const struct bpf_map_def *def = bpf_map__def(numbers);

	check(first && second && first != second, "bpf_map__next()");
	check(bpf_map__prev(second, obj) == first && !bpf_map__prev(first, obj),
	      "bpf_map__prev()");
	check(def->type == BPF_MAP_TYPE_HASH && def->key_size == 4 && def->value_size == 8 &&
	      def->max_entries == 11, "bpf_map__def()");
	check(IS_ERR(bpf_map__def(NULL)), "... of nothing");
	check(!bpf_map__resize(numbers, 12) && bpf_map__def(numbers)->max_entries == 12,
	      "bpf_map__resize()");
	check(bpf_map__resize(NULL, 12) == -EINVAL && bpf_map__resize(numbers, 0) == -EINVAL,
	      "... of nothing, to nothing");
	check(bpf_map__is_offload_neutral(events) && !bpf_map__is_offload_neutral(numbers),
	      "bpf_map__is_offload_neutral()");
	/* 0.3 finds the map; 0.8 returns an error. */
	check(IS_ERR(found) || found == numbers || found == events,
	      "bpf_object__find_map_by_offset()");
}

/* ---- programs ---- */

static const struct {
	int (*set)(struct bpf_program *prog);
	bool (*is)(const struct bpf_program *prog);
	enum bpf_prog_type type;
	const char *name;
} types[] = {
#define TYPE(set, is, type) { set, is, type, #set "(), " #is "()" }
	TYPE(bpf_program__set_kprobe, bpf_program__is_kprobe, BPF_PROG_TYPE_KPROBE),
	TYPE(bpf_program__set_lsm, bpf_program__is_lsm, BPF_PROG_TYPE_LSM),
	TYPE(bpf_program__set_sched_cls, bpf_program__is_sched_cls, BPF_PROG_TYPE_SCHED_CLS),
	TYPE(bpf_program__set_sched_act, bpf_program__is_sched_act, BPF_PROG_TYPE_SCHED_ACT),
	TYPE(bpf_program__set_tracepoint, bpf_program__is_tracepoint, BPF_PROG_TYPE_TRACEPOINT),
	TYPE(bpf_program__set_raw_tracepoint, bpf_program__is_raw_tracepoint,
	     BPF_PROG_TYPE_RAW_TRACEPOINT),
	TYPE(bpf_program__set_xdp, bpf_program__is_xdp, BPF_PROG_TYPE_XDP),
	TYPE(bpf_program__set_perf_event, bpf_program__is_perf_event, BPF_PROG_TYPE_PERF_EVENT),
	TYPE(bpf_program__set_tracing, bpf_program__is_tracing, BPF_PROG_TYPE_TRACING),
	TYPE(bpf_program__set_struct_ops, bpf_program__is_struct_ops, BPF_PROG_TYPE_STRUCT_OPS),
	TYPE(bpf_program__set_extension, bpf_program__is_extension, BPF_PROG_TYPE_EXT),
	TYPE(bpf_program__set_sk_lookup, bpf_program__is_sk_lookup, BPF_PROG_TYPE_SK_LOOKUP),
	TYPE(bpf_program__set_socket_filter, bpf_program__is_socket_filter,
	     BPF_PROG_TYPE_SOCKET_FILTER),
};

static void programs(struct bpf_object *obj)
{
	struct bpf_program *first = bpf_program__next(NULL, obj);
	struct bpf_program *second = bpf_program__next(first, obj);
	char *copy;

	check(first && second && !bpf_program__next(second, obj), "bpf_program__next()");
	check(bpf_program__prev(second, obj) == first && !bpf_program__prev(first, obj),
	      "bpf_program__prev()");
	check(bpf_object__find_program_by_title(obj, "socket/send") == second &&
	      !bpf_object__find_program_by_title(obj, "socket"),
	      "bpf_object__find_program_by_title()");
	copy = (char *)bpf_program__title(second, true);
	check(!strcmp(copy, "socket/send") && copy != bpf_program__title(second, false),
	      "bpf_program__title()");
	free(copy);
	check(bpf_program__size(first) == 2 * sizeof(struct bpf_insn), "bpf_program__size()");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		check(!types[i].is(first) && !types[i].set(first) && types[i].is(first) &&
		      bpf_program__get_type(first) == types[i].type &&
		      types[i].set(NULL) == -EINVAL && !types[i].is(NULL), types[i].name);
}

/* ---- data of the caller in libbpf's structs, and the list of objects ---- */

static void *cleared[8];
static int n_cleared;

static void clear(void *priv)
{
	cleared[n_cleared++ % 8] = priv;
}

static void clear_object(struct bpf_object *obj, void *priv)
{
	(void)obj;
	clear(priv);
}

static void clear_program(struct bpf_program *prog, void *priv)
{
	(void)prog;
	clear(priv);
}

static void clear_map(struct bpf_map *map, void *priv)
{
	(void)map;
	clear(priv);
}

static void privs(void)
{
	struct bpf_object *obj = bpf_object__open(file), *other = bpf_object__open(file);
	struct bpf_program *prog = bpf_program__next(NULL, obj);
	struct bpf_map *map = bpf_map__next(NULL, obj);
	struct bpf_object *o, *tmp;
	char a, b, c, d;
	int seen = 0;

	check(bpf_object__next(NULL) == other && bpf_object__next(other) == obj,
	      "bpf_object__next()");
	bpf_object__for_each_safe(o, tmp)
		seen += o == obj || o == other;
	check(seen == 2, "bpf_object__for_each_safe()");
	bpf_object__close(other);
	check(bpf_object__next(NULL) == obj, "... does not return a closed object");

	check(!bpf_object__priv(obj) && !bpf_program__priv(prog) && !bpf_map__priv(map),
	      "no priv is set at first");
	check(!bpf_object__set_priv(obj, &a, clear_object) && bpf_object__priv(obj) == &a,
	      "bpf_object__set_priv(), bpf_object__priv()");
	check(!bpf_program__set_priv(prog, &b, clear_program) && bpf_program__priv(prog) == &b,
	      "bpf_program__set_priv(), bpf_program__priv()");
	check(!bpf_map__set_priv(map, &c, clear_map) && bpf_map__priv(map) == &c,
	      "bpf_map__set_priv(), bpf_map__priv()");
	check(!bpf_map__set_priv(map, &d, clear_map) && n_cleared == 1 && cleared[0] == &c,
	      "setting another one clears the first");
	check(IS_ERR(bpf_object__priv(NULL)) && IS_ERR(bpf_program__priv(NULL)) &&
	      IS_ERR(bpf_map__priv(NULL)), "bpf_*__priv(NULL) is an error");
	bpf_object__close(obj);
	check(n_cleared == 4 && cleared[1] == &a && cleared[2] == &d && cleared[3] == &b,
	      "closing clears the privs of object, map, program");
}

/* ---- opening and loading ---- */

/* A definition of more fields than libbpf knows: it does not know the pin. */
static void longer(const char *buf, size_t size)
{
	struct bpf_object *obj = bpf_object__open(tc_file);
	struct bpf_map *map;

	/* 0.3 refuses it; compat opens it, and the map has a pin. */
	check(IS_ERR(obj) || bpf_map__get_pin_path(bpf_map__next(NULL, obj)),
	      "a longer definition");
	if (!IS_ERR(obj))
		bpf_object__close(obj);
	obj = bpf_object__open_buffer(buf, size, "relaxed");
	map = IS_ERR(obj) ? NULL : bpf_map__next(NULL, obj);
	check(map && bpf_map__def(map)->type == BPF_MAP_TYPE_ARRAY &&
	      bpf_map__def(map)->value_size == 8 && !bpf_map__get_pin_path(map),
	      "... bpf_object__open_buffer() ignores the fields that libbpf does not know");
	bpf_object__close(obj);
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");

	size = f ? fread(buf, 1, size, f) : 0;
	if (f)
		fclose(f);
	return size;
}

static void opens(void)
{
	struct bpf_object_open_attr attr = { .file = file };
	DECLARE_LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "other",
			    .relaxed_core_relocs = true, .attach_prog_fd = 0);
	char *buf = malloc(1 << 20);
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
	size_t size = read_file(file, buf, 1 << 20);

	obj = bpf_object__open_xattr(&attr);
	check(obj && !IS_ERR(obj), "bpf_object__open_xattr()");
	bpf_object__close(obj);
	attr.file = NULL;
	check(!bpf_object__open_xattr(&attr), "... of nothing");
	obj = bpf_object__open_file(file, &opts);
	check(obj && !IS_ERR(obj) && !strcmp(bpf_object__name(obj), "other"),
	      "bpf_object_open_opts with the options of libbpf 0.x");
	bpf_object__close(obj);
	obj = bpf_object__open_buffer(buf, size, "buffer");
	check(obj && !IS_ERR(obj) && !strcmp(bpf_object__name(obj), "buffer"),
	      "bpf_object__open_buffer()");
	bpf_object__close(obj);
	check(!bpf_object__open_buffer(NULL, 0, NULL), "... of nothing");
	check(libbpf_get_error(bpf_object__open(undefined_file)) < 0,
	      "an object with an undefined variable is refused");
	/* This program has no generated skeleton: fill in one as its header would. */
	skeleton = calloc(1, sizeof(*skeleton));
	skeleton->sz = sizeof(*skeleton);
	skeleton->name = "skeleton";
	skeleton->data = buf;
	skeleton->data_sz = size;
	skeleton->obj = &obj;
	check(!bpf_object__open_skeleton(skeleton, NULL) &&
	      !strcmp(bpf_object__name(obj), "skeleton") && bpf_object__next(NULL) == obj &&
	      bpf_object__find_map_by_name(obj, "numbers"), "bpf_object__open_skeleton() with SEC(\"maps\")");
	bpf_object__destroy_skeleton(skeleton);
	check(!bpf_object__next(NULL), "... bpf_object__destroy_skeleton() closes the object");
	longer(buf, read_file(tc_file, buf, 1 << 20));
	free(buf);
}

static void loads(void)
{
	struct bpf_object_load_attr attr = { .log_level = 1 };
	struct bpf_prog_load_attr load = { .file = file };
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_map_info info;
	struct bpf_program *prog;
	struct bpf_map *map;
	int fd;

	prog = bpf_program__next(NULL, obj);
	check(!bpf_program__load(prog, "GPL", 0) && runs(bpf_program__fd(prog)) == 1,
	      "bpf_program__load()");
	bpf_object__close(obj);

	obj = bpf_object__open(file);
	attr.obj = obj;
	check(!bpf_object__load_xattr(&attr), "bpf_object__load_xattr()");
	prog = bpf_object__find_program_by_title(obj, "socket/one");
	map = bpf_object__find_map_by_name(obj, "numbers");
	check(runs(bpf_program__fd(prog)) == 1 && map_info(bpf_map__fd(map), &info),
	      "... loads programs and maps");
	check(bpf_program__nth_fd(prog, 0) == bpf_program__fd(prog) &&
	      bpf_program__nth_fd(prog, 1) == -EINVAL, "bpf_program__nth_fd() of one");
	check(!bpf_object__unload(obj), "bpf_object__unload()");
	check(runs(bpf_program__fd(prog)) == -1 && !map_info(bpf_map__fd(map), &info),
	      "... and they are gone");
	check(bpf_object__unload(NULL) == -EINVAL, "... of nothing");
	bpf_object__close(obj);

	check(!bpf_prog_load_xattr(&load, &obj, &fd) && runs(fd) == 1, "bpf_prog_load_xattr()");
	bpf_object__close(obj);
	load.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	check(!bpf_prog_load_xattr(&load, &obj, &fd) &&
	      bpf_program__is_sched_cls(bpf_program__next(NULL, obj)), "... with a type");
	bpf_object__close(obj);
	load.file = NULL;
	check(bpf_prog_load_xattr(&load, &obj, &fd) == -EINVAL, "... of nothing");
	check(!bpf_prog_load(file, BPF_PROG_TYPE_SOCKET_FILTER, &obj, &fd) && runs(fd) == 1,
	      "bpf_prog_load()");
	bpf_object__close(obj);
	check(bpf_prog_load("/nonexistent", BPF_PROG_TYPE_UNSPEC,
			    (struct bpf_object *[]){ NULL, NULL }, &fd) == -ENOENT,
	      "... with commas in an argument");
}

/* ---- instances ---- */

static int prepare(struct bpf_program *prog, int n, struct bpf_insn *insns, int cnt,
		   struct bpf_prog_prep_result *res)
{
	static struct bpf_insn other[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	(void)prog;
	if (n == 1)
		return 0;	/* there is no such instance */
	if (cnt != 2 || insns[0].imm != 1)
		return -EINVAL;
	other[0].imm = 100 + n;
	res->new_insn_ptr = other;
	res->new_insn_cnt = 2;
	return 0;
}

static int refuse(struct bpf_program *prog, int n, struct bpf_insn *insns, int cnt,
		  struct bpf_prog_prep_result *res)
{
	(void)prog, (void)n, (void)insns, (void)cnt, (void)res;
	return -EINVAL;
}

static void instances(const char *bpffs)
{
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_program *prog = bpf_program__next(NULL, obj);
	char path[256];
	int fd;

	check(bpf_program__set_prep(prog, 0, prepare) == -EINVAL &&
	      bpf_program__set_prep(prog, 1, NULL) == -EINVAL, "bpf_program__set_prep() of nothing");
	check(!bpf_program__set_prep(prog, 3, prepare) && !bpf_object__load(obj),
	      "bpf_program__set_prep()");
	check(runs(bpf_program__nth_fd(prog, 0)) == 100 &&
	      runs(bpf_program__nth_fd(prog, 2)) == 102 &&
	      runs(bpf_program__fd(prog)) == 100, "bpf_program__nth_fd()");
	check(bpf_program__nth_fd(prog, 1) == -ENOENT && bpf_program__nth_fd(prog, 3) == -EINVAL &&
	      bpf_program__nth_fd(prog, -1) == -EINVAL, "... of none");
	snprintf(path, sizeof(path), "%s/third", bpffs);
	check(!bpf_program__pin_instance(prog, path, 2), "bpf_program__pin_instance()");
	fd = bpf_obj_get(path);
	check(runs(fd) == 102, "... pins that instance");
	close(fd);
	check(bpf_program__pin_instance(prog, path, 3) == -EINVAL, "... fails for an instance that does not exist");
	check(!bpf_program__unpin_instance(prog, path, 2) && access(path, F_OK),
	      "bpf_program__unpin_instance()");
	check(bpf_program__unpin_instance(prog, path, 2) == -ENOENT, "... fails the second time");
	bpf_object__close(obj);

	obj = bpf_object__open(file);
	bpf_program__set_prep(bpf_program__next(NULL, obj), 1, refuse);
	check(bpf_object__load(obj) < 0, "loading fails if the callback returns an error");
	bpf_object__close(obj);

	obj = bpf_object__open(file);
	check(!bpf_object__load(obj) && !bpf_object__pin_programs(obj, bpffs), "pin programs");
	snprintf(path, sizeof(path), "%s/socket_one", bpffs);
	check(!access(path, F_OK), "... by the names of their sections");
	check(!bpf_object__unpin_programs(obj, bpffs) && access(path, F_OK), "... and unpin");
	bpf_object__close(obj);
}

/* ---- calls of bpf(2) ---- */

static void syscalls(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 7 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_load_program_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS, .name = "seven", .insns = insns,
		.insns_cnt = 2, .license = "GPL",
	};
	struct bpf_prog_test_run_attr run = {};
	DECLARE_LIBBPF_OPTS(bpf_prog_attach_opts, opts);
	char packet[64] = {}, out[64], log[4096] = "";
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info), size = 0, retval;
	int fd, map;

	fd = bpf_load_program(BPF_PROG_TYPE_SOCKET_FILTER, insns, 2, "GPL", 0, NULL, 0);
	check(runs(fd) == 7, "bpf_load_program()");
	close(fd);
	check(bpf_load_program(BPF_PROG_TYPE_SOCKET_FILTER, insns, 1, "GPL", 0, log,
			       sizeof(log)) == -1 && *log, "... or a log");
	fd = bpf_load_program_xattr(&attr, NULL, 0);
	check(!bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, "seven") &&
	      info.type == BPF_PROG_TYPE_SCHED_CLS, "bpf_load_program_xattr()");
	check(bpf_load_program_xattr(NULL, NULL, 0) == -EINVAL, "... of nothing");

	check(!bpf_prog_test_run(fd, 2, packet, sizeof(packet), out, &size, &retval, NULL) &&
	      retval == 7 && size == sizeof(packet), "bpf_prog_test_run()");
	size = 1;
	check(!bpf_prog_test_run(fd, 1, packet, sizeof(packet), out, &size, NULL, NULL) &&
	      size == sizeof(packet), "... does not read the size of the output");
	run.prog_fd = fd;
	run.repeat = 1;
	run.data_in = packet;
	run.data_size_in = sizeof(packet);
	run.data_out = out;
	run.data_size_out = sizeof(out);
	check(!bpf_prog_test_run_xattr(&run) && run.retval == 7 &&
	      run.data_size_out == sizeof(packet), "bpf_prog_test_run_xattr()");
	run.data_out = NULL;
	check(bpf_prog_test_run_xattr(&run) == -EINVAL, "... a size without a buffer");
	close(fd);

	*log = 0;
	fd = bpf_verify_program(BPF_PROG_TYPE_SOCKET_FILTER, insns, 2, 0, "GPL", 0, log,
				sizeof(log), 1);
	check(runs(fd) == 7 && *log, "bpf_verify_program()");
	close(fd);

	fd = bpf_load_program(BPF_PROG_TYPE_SK_SKB, insns, 2, "GPL", 0, NULL, 0);
	map = bpf_create_map(BPF_MAP_TYPE_SOCKMAP, 4, 4, 1, 0);
	check(!bpf_prog_attach_xattr(fd, map, BPF_SK_SKB_STREAM_VERDICT, &opts) &&
	      !bpf_prog_detach2(fd, map, BPF_SK_SKB_STREAM_VERDICT), "bpf_prog_attach_xattr()");
	check(bpf_prog_attach_xattr(-1, map, BPF_SK_SKB_STREAM_VERDICT, &opts) == -1,
	      "... of nothing");
	close(fd);
	close(map);
}

static void probes(void)
{
	check(bpf_probe_prog_type(BPF_PROG_TYPE_SOCKET_FILTER, 0) &&
	      !bpf_probe_prog_type(10000, 0), "bpf_probe_prog_type()");
	check(bpf_probe_map_type(BPF_MAP_TYPE_HASH, 0) && !bpf_probe_map_type(10000, 0),
	      "bpf_probe_map_type()");
	check(bpf_probe_helper(BPF_FUNC_map_lookup_elem, BPF_PROG_TYPE_SOCKET_FILTER, 0) &&
	      !bpf_probe_helper(10000, BPF_PROG_TYPE_SOCKET_FILTER, 0),
	      "bpf_probe_helper()");
	check(bpf_probe_large_insn_limit(0), "bpf_probe_large_insn_limit()");
}

/* ---- XDP ---- */

static void xdp(void)
{
	DECLARE_LIBBPF_OPTS(bpf_xdp_set_link_opts, opts);
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_load_program(BPF_PROG_TYPE_XDP, insns, 2, "GPL", 0, NULL, 0);
	int other = bpf_load_program(BPF_PROG_TYPE_XDP, insns, 2, "GPL", 0, NULL, 0);
	int lo = if_nametoindex("lo");
	struct bpf_prog_info info = {};
	struct xdp_link_info link = {};
	__u32 id = 0, len = sizeof(info);

	bpf_obj_get_info_by_fd(fd, &info, &len);
	check(!bpf_set_link_xdp_fd(lo, fd, XDP_FLAGS_SKB_MODE), "bpf_set_link_xdp_fd()");
	check(!bpf_get_link_xdp_id(lo, &id, 0) && id == info.id, "bpf_get_link_xdp_id()");
	check(!bpf_get_link_xdp_info(lo, &link, sizeof(link), 0) && link.prog_id == info.id &&
	      link.skb_prog_id == info.id && link.attach_mode == XDP_ATTACHED_SKB,
	      "bpf_get_link_xdp_info()");
	check(bpf_get_link_xdp_info(lo, &link, 0, 0) == -EINVAL, "... into 0 bytes");
	check(bpf_set_link_xdp_fd(lo, other, XDP_FLAGS_SKB_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST) ==
	      -EBUSY, "... with XDP_FLAGS_UPDATE_IF_NOEXIST fails if one is attached");
	opts.old_fd = other;
	check(bpf_set_link_xdp_fd_opts(lo, other, XDP_FLAGS_SKB_MODE, &opts) < 0,
	      "bpf_set_link_xdp_fd_opts() with a wrong old_fd fails");
	opts.old_fd = fd;
	check(!bpf_set_link_xdp_fd_opts(lo, other, XDP_FLAGS_SKB_MODE, &opts),
	      "bpf_set_link_xdp_fd_opts()");
	check(!bpf_set_link_xdp_fd(lo, -1, XDP_FLAGS_SKB_MODE) &&
	      !bpf_get_link_xdp_id(lo, &id, 0) && !id, "bpf_set_link_xdp_fd() of -1");
	close(fd);
	close(other);
}

/* ---- perf ---- */

static int raw_records;

static enum bpf_perf_event_ret raw(void *ctx, int cpu, struct perf_event_header *event)
{
	(void)cpu;
	raw_records += event->type == PERF_RECORD_SAMPLE && ctx == &raw_records;
	return LIBBPF_PERF_EVENT_CONT;
}

static int records;

static void sample(void *ctx, int cpu, void *data, __u32 size)
{
	const __u64 value = 42;		/* it may be unaligned in the ring */

	(void)cpu;
	records += size >= 8 && !memcmp(data, &value, 8) && ctx == &records;
}

static void perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW, .sample_period = 1, .wakeup_events = 1,
	};
	struct perf_buffer_raw_opts raw_opts = { .attr = &attr, .event_cb = raw,
						 .ctx = &raw_records };
	struct perf_buffer_opts opts = { .sample_cb = sample, .ctx = &records };
	struct bpf_object *obj = bpf_object__open(file);
	struct perf_buffer *pb;
	int fd, map;

	bpf_object__load(obj);
	fd = bpf_program__fd(bpf_object__find_program_by_title(obj, "socket/send"));
	map = bpf_object__find_map_fd_by_name(obj, "events");
	pb = perf_buffer__new(map, 4, &opts);
	check(!IS_ERR(pb) && runs(fd) == 2 && perf_buffer__poll(pb, 1000) > 0 && records == 1,
	      "perf_buffer__new()");
	perf_buffer__free(pb);
	check(IS_ERR(perf_buffer__new(-1, 4, &opts)), "... of nothing");
	pb = perf_buffer__new(map, 4, &(struct perf_buffer_opts){
		.sample_cb = sample, .lost_cb = NULL, .ctx = &records,
	});
	check(!IS_ERR(pb) && runs(fd) == 2 && perf_buffer__poll(pb, 1000) > 0 && records == 2,
	      "... of a compound literal");
	perf_buffer__free(pb);
	pb = perf_buffer__new_raw(map, 4, &raw_opts);
	check(!IS_ERR(pb) && runs(fd) == 2 && perf_buffer__poll(pb, 1000) > 0 && raw_records == 1,
	      "perf_buffer__new_raw()");
	perf_buffer__free(pb);
	pb = perf_buffer__new_raw(map, 4, &(struct perf_buffer_raw_opts){
		.attr = &attr, .event_cb = raw, .ctx = &raw_records,
	});
	check(!IS_ERR(pb) && runs(fd) == 2 && perf_buffer__poll(pb, 1000) > 0 && raw_records == 2,
	      "... of a compound literal");
	perf_buffer__free(pb);
	bpf_object__close(obj);
}

struct record {
	struct perf_event_header header;
	__u64 value[7];
};

static enum bpf_perf_event_ret print(struct perf_event_header *event, void *sum)
{
	const struct record *record = (const void *)event;

	for (int i = 0; i < 7; i++)
		*(__u64 *)sum += record->value[i];
	return record->value[0] == 99 ? LIBBPF_PERF_EVENT_DONE : LIBBPF_PERF_EVENT_CONT;
}

/* A ring in memory; its second record wraps around the end. */
static void read_simple(void)
{
	const size_t page = 4096, data = 4096;
	struct record record = {
		.header = { .size = sizeof(record) },
		.value = { 1, 0, 0, 0, 0, 0, 2 },
	};
	struct perf_event_mmap_page *ring = aligned_alloc(page, page + data);
	char *bytes = (char *)ring + page;
	size_t size = 0;
	void *copy = NULL;
	__u64 sum = 0;
	int ret;

	memset(ring, 0, page + data);
	ring->data_tail = 2 * data - 96;
	ring->data_head = ring->data_tail + 3 * sizeof(record);
	memcpy(bytes + data - 96, &record, sizeof(record));
	memcpy(bytes + data - 32, &record, 32);
	memcpy(bytes, (char *)&record + 32, 32);
	record.value[0] = 99;
	memcpy(bytes + 32, &record, sizeof(record));
	ring->data_head -= sizeof(record);
	ret = bpf_perf_event_read_simple(ring, data, page, &copy, &size, print, &sum);
	check(ret == LIBBPF_PERF_EVENT_CONT && sum == 6 && size >= sizeof(record) &&
	      ring->data_tail == ring->data_head, "bpf_perf_event_read_simple()");
	ring->data_head += sizeof(record);
	ret = bpf_perf_event_read_simple(ring, data, page, &copy, &size, print, &sum);
	check(ret == LIBBPF_PERF_EVENT_DONE && sum == 107 && ring->data_tail == ring->data_head,
	      "... stops when the callback says so");
	free(copy);
	free(ring);
}

/* ---- BTF ---- */

static char dumped[256];

static void dump(void *ctx, const char *fmt, va_list args)
{
	size_t len = strlen(dumped);

	if (ctx == dumped)
		vsnprintf(dumped + len, sizeof(dumped) - len, fmt, args);
}

static void btf_types(void)
{
	struct btf_dump_opts opts = { .ctx = dumped };
	struct btf *btf = btf__new_empty();
	struct btf_dump *d;
	__u32 key = 0, value = 0;
	int id;

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	btf__add_struct(btf, "____btf_map_m", 16);
	btf__add_field(btf, "key", 1, 0, 0);
	btf__add_field(btf, "value", 2, 64, 0);
	btf__add_struct(btf, "____btf_map_short", 4);
	btf__add_field(btf, "key", 1, 0, 0);
	check(btf__get_nr_types(btf) == 4, "btf__get_nr_types()");
	check(!btf__get_map_kv_tids(btf, "m", 4, 8, &key, &value) && key == 1 && value == 2,
	      "btf__get_map_kv_tids()");
	check(btf__get_map_kv_tids(btf, "m", 8, 8, &key, &value) == -EINVAL &&
	      btf__get_map_kv_tids(btf, "m", 4, 4, &key, &value) == -EINVAL, "... of other sizes");
	check(btf__get_map_kv_tids(btf, "none", 4, 8, &key, &value) == -ENOENT &&
	      btf__get_map_kv_tids(btf, "short", 4, 8, &key, &value) == -EINVAL, "... of none");
	d = btf_dump__new(btf, NULL, &opts, dump);
	id = btf__find_by_name(btf, "____btf_map_m");
	check(!IS_ERR(d) && !btf_dump__dump_type(d, id) && strstr(dumped, "struct ____btf_map_m {"),
	      "btf_dump__new()");
	btf_dump__free(d);
	d = btf_dump__new(btf, NULL, &(struct btf_dump_opts){ .ctx = dumped, }, dump);
	check(!IS_ERR(d), "... of a compound literal");
	btf_dump__free(d);
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	check(!btf__dedup(btf, NULL, NULL) && btf__get_nr_types(btf) == 4, "btf__dedup()");
	check(!btf__dedup(btf, NULL, &(struct btf_dedup_opts){
				.dedup_table_size = 8, .dont_resolve_fwds = true,
			  }), "... of a compound literal");
	btf__free(btf);
	check(IS_ERR(btf__parse_elf("/nonexistent", NULL)), "btf__parse_elf() returns the error as a pointer");
}

static void btf_ext(void)
{
	struct bpf_object *obj = bpf_object__open(file);
	struct btf_ext *ext = NULL;
	struct btf *btf = btf__parse_elf(file, &ext);
	void *func = NULL, *line = NULL;
	__u32 n = 0, m = 0, size, *at;

	check(!IS_ERR(btf) && ext && !IS_ERR(ext), ".BTF.ext is there");
	size = btf_ext__func_info_rec_size(ext);
	check(size >= 8, "btf_ext__func_info_rec_size()");
	check(btf_ext__line_info_rec_size(ext) >= 16, "btf_ext__line_info_rec_size()");
	check(!btf_ext__reloc_func_info(btf, ext, "socket/one", 0, &func, &n) && n == 1,
	      "btf_ext__reloc_func_info()");
	check(!btf_ext__reloc_func_info(btf, ext, "socket/send", 2, &func, &n) && n == 2,
	      "... of a second section");
	at = (void *)((char *)func + size);
	check(*(__u32 *)func == 0 && *at == 2, "... continues to count the instructions");
	check(btf_ext__reloc_func_info(btf, ext, "none", 0, &func, &n) == -ENOENT, "... of none");
	check(!btf_ext__reloc_line_info(btf, ext, "socket/send", 5, &line, &m) && m > 2 &&
	      *(__u32 *)line == 5, "btf_ext__reloc_line_info()");
	check(!btf__finalize_data(obj, bpf_object__btf(obj)), "btf__finalize_data()");
	free(func);
	free(line);
	btf__free(btf);
	btf_ext__free(ext);
	bpf_object__close(obj);
}

static void btf_kernel(void)
{
	struct btf *btf = btf__new_empty(), *again = NULL;
	struct bpf_btf_info info = {};
	__u32 len = sizeof(info), size;
	const void *raw;
	char log[256];
	int fd;

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	check(!btf__load(btf) && btf__fd(btf) >= 0, "btf__load()");
	bpf_obj_get_info_by_fd(btf__fd(btf), &info, &len);
	check(!btf__get_from_id(info.id, &again) && again && btf__get_nr_types(again) == 1,
	      "btf__get_from_id()");
	btf__free(again);
	again = btf;
	check(btf__get_from_id(-1, &again) < 0 && !again, "... of none");
	raw = btf__get_raw_data(btf, &size);
	fd = bpf_load_btf(raw, size, NULL, 0, false);
	check(fd >= 0, "bpf_load_btf()");
	close(fd);
	*log = 0;
	check(bpf_load_btf(raw, size - 1, log, sizeof(log), true) == -1 && *log, "... or a log");
	btf__free(btf);
}

/* ---- what the kernel knows of a program ---- */

static void prog_info(void)
{
	const __u64 arrays = 1ULL << BPF_PROG_INFO_XLATED_INSNS | 1ULL << BPF_PROG_INFO_MAP_IDS |
			     1ULL << BPF_PROG_INFO_PROG_TAGS | 1ULL << BPF_PROG_INFO_LINE_INFO;
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_prog_info_linear *info;
	struct bpf_insn *insns;
	__u64 was;
	int fd;

	bpf_object__load(obj);
	fd = bpf_program__fd(bpf_object__find_program_by_title(obj, "socket/one"));
	info = bpf_program__get_prog_info_linear(fd, arrays);
	check(!IS_ERR(info) && info->arrays == arrays && info->info.xlated_prog_len == 16 &&
	      info->info.nr_line_info && info->data_len % 8 == 0,
	      "bpf_program__get_prog_info_linear()");
	insns = (void *)(unsigned long)info->info.xlated_prog_insns;
	was = info->info.line_info;
	check(insns[0].imm == 1 && !memcmp((void *)(unsigned long)info->info.prog_tags,
					   info->info.tag, 8), "... and what it points to");
	bpf_program__bpil_addr_to_offs(info);
	check(info->info.xlated_prog_insns == 0 && info->info.line_info < info->data_len,
	      "bpf_program__bpil_addr_to_offs()");
	bpf_program__bpil_offs_to_addr(info);
	check(info->info.line_info == was, "bpf_program__bpil_offs_to_addr()");
	free(info);
	check(IS_ERR(bpf_program__get_prog_info_linear(-1, arrays)), "... of nothing");
	check(IS_ERR(bpf_program__get_prog_info_linear(fd, 1ULL << BPF_PROG_INFO_LAST_ARRAY)),
	      "... of an array that does not exist");
	bpf_object__close(obj);
}

/* ---- what is in the headers ---- */

/* Members of structs may have the names of functions, and their address may be taken. */
static void names(void)
{
	const struct {
		int (*bpf_map_lookup_elem)(int fd, const void *key, void *value);
		struct btf *(*btf__parse_raw)(const char *path);
		struct bpf_object *(*bpf_object__open)(const char *path);
		enum libbpf_pin_type perf_buffer_opts;
	} is = { bpf_map_lookup_elem, btf__parse_raw, bpf_object__open, LIBBPF_PIN_BY_NAME };
	const struct { int (*lookup)(int fd, const void *key, void *value); } other = {
		is.bpf_map_lookup_elem,
	};
	enum bpf_attach_type expected = 0, attach = 0;
	enum bpf_prog_type type = 0;
	int key = 0, value;

	check(!libbpf_prog_type_by_name("xdp1", &type, &expected) && type == BPF_PROG_TYPE_XDP &&
	      expected == BPF_XDP && !libbpf_prog_type_by_name("socket1", &type, &expected) &&
	      type == BPF_PROG_TYPE_SOCKET_FILTER && !expected &&
	      libbpf_prog_type_by_name("no_such_type", &type, &expected) < 0,
	      "libbpf_prog_type_by_name() matches the beginning of a name");
	check(!libbpf_attach_type_by_name("cgroup/bind4_x", &attach) &&
	      attach == BPF_CGROUP_INET4_BIND &&
	      libbpf_attach_type_by_name("no_such_type", &attach) < 0,
	      "... and so does libbpf_attach_type_by_name()");
	check(is.bpf_map_lookup_elem(-1, &key, &value) == -1 &&
	      other.lookup(-1, &key, &value) == -1 && IS_ERR(is.btf__parse_raw("/nonexistent")) &&
	      IS_ERR(is.bpf_object__open("/nonexistent")) && is.perf_buffer_opts == 1,
	      "members with the names of functions");
	libbpf_smp_rmb();
	libbpf_smp_wmb();
	libbpf_smp_rwmb();
	libbpf_smp_mb();
}

/* The names that were reused, in the form that they have since 0.6. */
static void reused(void)
{
#ifdef LIBBPF_OPTS	/* 0.6 */
	struct btf *btf = btf__new_empty();
	struct btf_dump *d = btf_dump__new(btf, dump, dumped, NULL);

	check(!IS_ERR(d) && !btf__dedup(btf, NULL), "btf_dump__new(), btf__dedup() of 0.6");
	btf_dump__free(d);
	btf__free(btf);
	check(bpf_prog_load(BPF_PROG_TYPE_UNSPEC, NULL, "GPL", NULL, 0, NULL) == -1 &&
	      IS_ERR(perf_buffer__new(-1, 4, sample, NULL, NULL, NULL)) &&
	      IS_ERR(perf_buffer__new_raw(-1, 4, NULL, raw, NULL, NULL)),
	      "bpf_prog_load(), perf_buffer__new(), perf_buffer__new_raw() of 0.6");
#endif
}

/* In 0.6 to 0.8 a program could select each change of 1.0, one by one. */
static void strict(void)
{
#ifdef LIBBPF_OPTS	/* 0.6 */
	struct bpf_object *obj;

	check(!libbpf_set_strict_mode(LIBBPF_STRICT_CLEAN_PTRS) &&
	      !bpf_object__open_file("/nonexistent", NULL) && errno == ENOENT &&
	      !btf__parse_elf("/nonexistent", NULL), "LIBBPF_STRICT_CLEAN_PTRS");
	check(!libbpf_set_strict_mode(LIBBPF_STRICT_DIRECT_ERRS) &&
	      bpf_obj_get("/nonexistent") == -ENOENT && IS_ERR(bpf_object__open("/nonexistent")),
	      "LIBBPF_STRICT_DIRECT_ERRS");
	libbpf_set_strict_mode(LIBBPF_STRICT_SEC_NAME);
	obj = bpf_object__open(file);
	check(!IS_ERR(obj) && bpf_program__get_type(bpf_program__next(NULL, obj)) ==
	      BPF_PROG_TYPE_UNSPEC, "LIBBPF_STRICT_SEC_NAME");
	bpf_object__close(obj);
	libbpf_set_strict_mode(LIBBPF_STRICT_NO_OBJECT_LIST);
	obj = bpf_object__open(file);
	check(!IS_ERR(obj) && !bpf_object__next(NULL), "LIBBPF_STRICT_NO_OBJECT_LIST");
	bpf_object__close(obj);
	libbpf_set_strict_mode(LIBBPF_STRICT_MAP_DEFINITIONS);
	check(IS_ERR(bpf_object__open(file)), "LIBBPF_STRICT_MAP_DEFINITIONS");
	check(!libbpf_set_strict_mode(LIBBPF_STRICT_NONE) && bpf_obj_get("/nonexistent") == -1,
	      "LIBBPF_STRICT_NONE");
#endif
}

static void as_root(void)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	char bpffs[] = "/sys/fs/bpf";

	setrlimit(RLIMIT_MEMLOCK, &r);
	create_maps();
	loads();
	syscalls();
	probes();
	perf();
	btf_kernel();
	prog_info();
	/*
	 * Namespaces for mounts and network, which end with this process.  In a chroot
	 * the directory / may be no mount point, but /sys is one.
	 */
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount("none", "/sys", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", bpffs, "bpf", 0, NULL)) {
		check(0, "cannot create namespaces for mounts and network");
		return;
	}
	instances(bpffs);
	xdp();
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;

	if (argc != 4)
		return 1;
	file = argv[1];
	tc_file = argv[2];
	undefined_file = argv[3];
	libbpf_set_print(silent);
	printf("KTAP version 1\n");
	obj = bpf_object__open(file);
	if (libbpf_get_error(obj)) {
		fprintf(stderr, "old_api: cannot open %s\n", file);
		return 1;
	}
	maps(obj);
	programs(obj);
	bpf_object__close(obj);
	privs();
	opens();
	read_simple();
	btf_types();
	btf_ext();
	names();
	reused();
	strict();
	if (!geteuid())
		as_root();
	printf("1..%d\n", tests);
	return failures != 0;
}
