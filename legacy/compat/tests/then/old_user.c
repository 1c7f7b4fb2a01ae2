// SPDX-License-Identifier: GPL-2.0
/*
 * old_user.c - a program as of 2020, for libbpf 0.3.
 *
 * It knows nothing of legacy/compat and includes the headers of that time; it also
 * passes with a real libbpf 0.3.  test_compat.sh builds it with two more arguments for
 * the compiler, -Ilegacy/compat/include and libcompat.a.
 * Arguments: the objects of two.c, loose_kern.c, strings.c (twice: with SEC("maps"), and
 * with SEC(".maps")) and text.c, as test_compat.sh compiles them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)

static int tests, failures;

static void check(int ok, const char *name)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", ++tests, name);
	failures += !ok;
}

static void sample(void *ctx, int cpu, void *data, __u32 size)
{
	const __u64 one = 1;

	(void)cpu;
	if (size >= 8 && !memcmp(data, &one, 8))
		++*(int *)ctx;
}

static void lost(void *ctx, int cpu, __u64 n)
{
	(void)cpu;
	(void)n;
	*(int *)ctx = -1000;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static void errors(void)
{
	struct bpf_object *obj = bpf_object__open_file("/nonexistent", NULL);

	check(libbpf_get_error(obj) == -ENOENT, "no file: libbpf_get_error()");
	check(IS_ERR(obj), "no file: IS_ERR()");
	bpf_object__close(IS_ERR(obj) ? NULL : obj);
	obj = bpf_object__open("/dev/null");
	check(libbpf_get_error(obj) == -LIBBPF_ERRNO__FORMAT && IS_ERR(obj), "no object");
	obj = bpf_object__open("/bin/sh");
	check(libbpf_get_error(obj) == -LIBBPF_ERRNO__FORMAT, "... but an object of another machine");
	obj = bpf_object__open("/usr");
	check(libbpf_get_error(obj) == -LIBBPF_ERRNO__LIBELF, "... but a directory");
	obj = bpf_object__open_buffer("no object", 9, "name");
	check(libbpf_get_error(obj) == -LIBBPF_ERRNO__FORMAT && IS_ERR(obj),
	      "no object in a buffer");
	check(bpf_map_delete_elem(-1, &obj) == -1 && errno == EBADF, "a system call gives -1");
	check(bpf_obj_get("/nonexistent") == -1 && errno == ENOENT, "so does bpf_obj_get()");
}

static void object(const char *file)
{
	static const struct {
		const char *name;
		struct bpf_map_def def;
	} want[] = {
		{ "events", { BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0, 0 } },
		{ "counts", { BPF_MAP_TYPE_HASH, 16, 8, 1024, BPF_F_NO_PREALLOC } },
		{ "plain", { BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0 } },
	};
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_program *prog, *last = NULL;
	struct bpf_map *map;
	int found = 0, progs = 0;

	check(!libbpf_get_error(obj), "SEC(\"maps\") opens");
	if (libbpf_get_error(obj))
		return;
	check(!strcmp(bpf_object__name(obj), "two-object"), "its name is that of the file");
	for (map = bpf_map__next(NULL, obj); map; map = bpf_map__next(map, obj))
		for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
			if (!strcmp(bpf_map__name(map), want[i].name))
				found += !memcmp(bpf_map__def(map), &want[i].def,
						 sizeof(want[i].def));
	check(found == 3, "bpf_map__next(), bpf_map__def()");
	for (prog = bpf_program__next(NULL, obj); prog; prog = bpf_program__next(prog, obj)) {
		progs++;
		last = prog;
	}
	check(progs == 2 && bpf_program__prev(last, obj), "bpf_program__next(), _prev()");
	prog = bpf_object__find_program_by_title(obj, "socket");
	check(prog && !libbpf_get_error(prog), "bpf_object__find_program_by_title()");
	check(!bpf_object__find_program_by_title(obj, "sock"), "... does not find a part of it");
	check(!strcmp(bpf_program__title(prog, false), "socket"), "bpf_program__title()");
	check(bpf_program__is_socket_filter(prog), "bpf_program__is_socket_filter()");
	check(!bpf_program__set_sched_cls(prog) && bpf_program__is_sched_cls(prog),
	      "bpf_program__set_sched_cls()");
	check(bpf_program__size(prog) % sizeof(struct bpf_insn) == 0 && bpf_program__size(prog),
	      "bpf_program__size()");
	map = bpf_object__find_map_by_name(obj, "counts");
	check(!bpf_map__resize(map, 77) && bpf_map__def(map)->max_entries == 77,
	      "bpf_map__resize()");
	check(bpf_map__resize(map, 0) == -EINVAL, "... not to 0");
	bpf_object__close(obj);
}

static void loose(const char *file)
{
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_program *prog;
	struct bpf_map *map;

	check(!libbpf_get_error(obj), "sections that 1.x does not know open");
	if (libbpf_get_error(obj))
		return;
	prog = bpf_object__find_program_by_title(obj, "xdp1");
	check(prog && bpf_program__is_xdp(prog), "\"xdp1\" is XDP");
	prog = bpf_object__find_program_by_title(obj, "classifier/in");
	check(prog && bpf_program__is_sched_cls(prog), "\"classifier/in\" is SCHED_CLS");
	prog = bpf_object__find_program_by_title(obj, "2/7");
	check(prog && bpf_program__get_type(prog) == BPF_PROG_TYPE_UNSPEC, "\"2/7\" has no type");
	map = bpf_object__find_map_by_name(obj, "loose.bss");
	check(map && bpf_map__def(map)->map_flags == BPF_F_MMAPABLE, "variables can be mapped");
	bpf_object__close(obj);
}

/* No map is made of constants in a section of their own. */
static void strings(const char *file)
{
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_map *map = NULL;
	int n = 0;

	check(!libbpf_get_error(obj), "an object with constants opens");
	if (libbpf_get_error(obj))
		return;
	bpf_object__for_each_map(map, obj)
		n += strcmp(bpf_map__name(map), "m") ? 100 : 1;
	check(n == 1, "... and has one map, m");
	bpf_object__close(obj);
}

/* The only program of the object is in .text. */
static void text(const char *file)
{
	struct bpf_object *obj = bpf_object__open(file);
	struct bpf_program *prog;

	check(!libbpf_get_error(obj), "a program in .text opens");
	if (libbpf_get_error(obj))
		return;
	prog = bpf_object__find_program_by_title(obj, ".text");
	check(prog && !libbpf_get_error(prog), "... is found by its title");
	if (prog && !libbpf_get_error(prog))
		check(!strcmp(bpf_program__title(prog, false), ".text") &&
		      !strcmp(bpf_program__section_name(prog), ".text"), "... has the title and section name .text");
	check(!bpf_object__find_program_by_title(obj, "text"), "... is not found by the title \"text\"");
	bpf_object__close(obj);
}

static void loaded(const char *file)
{
	struct bpf_prog_load_attr attr = { .file = file };
	struct bpf_create_map_attr map = {
		.name = "made", .map_type = BPF_MAP_TYPE_HASH,
		.key_size = 4, .value_size = 8, .max_entries = 2,
	};
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 7 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct perf_buffer_opts opts = { .sample_cb = sample, .lost_cb = lost };
	char packet[64] = {}, log[4096] = "", key[16] = "first";
	struct bpf_object *obj = NULL;
	struct perf_buffer *pb;
	struct bpf_link *link;
	__u32 retval, size = 0;
	int fd, n = 0, k = 1;
	__u64 v = 2;

	check(!bpf_prog_load_xattr(&attr, &obj, &fd) && fd > 0, "bpf_prog_load_xattr()");
	opts.ctx = &n;
	pb = perf_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"), 8, &opts);
	check(!libbpf_get_error(pb), "perf_buffer__new() of three arguments");
	check(!bpf_prog_test_run(fd, 3, packet, sizeof(packet), NULL, &size, &retval, NULL),
	      "bpf_prog_test_run()");
	check(perf_buffer__poll(pb, 1000) >= 0 && n == 3, "its records arrive");
	check(!bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, "counts"), key, &v) &&
	      v == 1, "its map has what it wrote");
	perf_buffer__free(pb);
	link = bpf_program__attach(bpf_program__next(NULL, obj));
	check(libbpf_get_error(link) && IS_ERR(link), "bpf_program__attach() of a socket filter");
	bpf_object__close(obj);
	obj = NULL;
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.log_level = 1;
	check(!bpf_prog_load_xattr(&attr, &obj, &fd) &&
	      bpf_program__is_sched_cls(bpf_program__next(NULL, obj)),
	      "bpf_prog_load_xattr() with a type and a log");
	bpf_object__close(obj);
	check(!bpf_prog_load(file, BPF_PROG_TYPE_SOCKET_FILTER, &obj, &fd) && fd > 0,
	      "bpf_prog_load() of four arguments");
	bpf_object__close(obj);
	attr.file = "/nonexistent";
	check(bpf_prog_load_xattr(&attr, &obj, &fd) == -ENOENT, "bpf_prog_load_xattr() without a file");

	fd = bpf_create_map_xattr(&map);
	check(fd > 0 && !bpf_map_update_elem(fd, &k, &v, BPF_NOEXIST), "bpf_create_map_xattr()");
	check(bpf_map_update_elem(fd, &k, &v, BPF_NOEXIST) == -1 && errno == EEXIST, "-1, EEXIST");
	check(bpf_create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0) > 0, "bpf_create_map()");
	check(bpf_create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 0, 0) == -1 && errno == EINVAL,
	      "... of nothing");
	check(bpf_create_map_name(BPF_MAP_TYPE_HASH, "x", 4, 8, 1, 0) > 0, "bpf_create_map_name()");
	check(bpf_create_map_in_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, "y", 4, fd, 1, 0) > 0,
	      "bpf_create_map_in_map()");
	fd = bpf_load_program(BPF_PROG_TYPE_SOCKET_FILTER, insns, 2, "GPL", 0, log, sizeof(log));
	check(fd > 0, "bpf_load_program()");
	check(!bpf_prog_test_run(fd, 1, packet, sizeof(packet), NULL, NULL, &retval, NULL) &&
	      retval == 7, "... loads a program that runs");
	fd = bpf_load_program(BPF_PROG_TYPE_SOCKET_FILTER, insns, 1, "GPL", 0, log, sizeof(log));
	check(fd == -1 && *log, "... or the log says why not");
}

int main(int argc, char **argv)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	int root = !geteuid();

	if (argc != 6)
		return 1;
	libbpf_set_print(silent);
	printf("KTAP version 1\n1..%d\n", root ? 51 : 33);
	errors();
	object(argv[1]);
	loose(argv[2]);
	strings(argv[3]);
	strings(argv[4]);
	text(argv[5]);
	if (root) {
		setrlimit(RLIMIT_MEMLOCK, &r);
		loaded(argv[1]);
	}
	return failures != 0;
}
