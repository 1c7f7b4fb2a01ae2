// SPDX-License-Identifier: GPL-2.0
/*
 * try.c - open and load BPF objects, and print the results.
 *
 * The same source is built with libbpf 0.3, the installed and the newest one, so that
 * check-legacy.sh can compare their results for one object.  Lines on stdout:
 *
 *	FILE open ERRNO MAPS PROGRAMS WHY	(libbpf's last warning, if it failed)
 *	FILE load ERRNO TYPE
 *	FILE prog NAME INSTRUCTIONS HASH	(if it was loaded)
 *	FILE unseen NAME WHY			(if its instructions cannot be read)
 *
 * ERRNO is 0 on success.  The hash is that of the instructions as the kernel has
 * translated them.  A map's id is new every time, so the map's properties are hashed
 * instead.  A section such as "xdp1" has no type for libbpf >= 1.0, so its programs get
 * the type that 0.x derived from the beginning of the name.  Programs that have no type
 * even then ("egress"), as their own loader set it, are tried with a few types in turn.
 *
 * With -o it only opens.  With -m it measures how long it takes to convert FILE, and to
 * open the result; the exit status is 2 if converting takes longer (medians).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps2btf.h"
#include "sections.h"

#define MAX_INSNS	65536	/* of a program, as translated */
#define LD_IMM64	0x18
#define CALL		0x85

static bool verbose, only_open;
static char said[256];		/* libbpf's last warning */

/* The types to try for programs whose section does not tell the type. */
static const enum bpf_prog_type types[] = {
	BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP,
	BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_KPROBE,
};

static int print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	va_list again;

	if (level == LIBBPF_WARN) {
		va_copy(again, ap);
		vsnprintf(said, sizeof(said), fmt, again);
		va_end(again);
		said[strcspn(said, "\n")] = 0;
	}
	return verbose && level <= LIBBPF_INFO ? vfprintf(stderr, fmt, ap) : 0;
}

static void hash(unsigned long long *h, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size--)
		*h = (*h ^ *p++) * 0x100000001b3ULL;
}

/*
 * Hashes the properties of a map, without its id, and without BPF_F_MMAPABLE: whether
 * .data can be mapped depends on libbpf, and makes no difference to a program.
 */
static int hash_map(unsigned long long *h, unsigned int id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);
	int err;

	if (fd < 0)
		return -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
	close(fd);
	info.map_flags &= ~BPF_F_MMAPABLE;
	hash(h, &info.type, sizeof(info.type));
	hash(h, &info.key_size, 4);
	hash(h, &info.value_size, 4);
	hash(h, &info.max_entries, 4);
	hash(h, &info.map_flags, 4);
	hash(h, info.name, strlen(info.name));
	return err;
}

/* The hash of a program's instructions; returns how many there are. */
static int hash_prog(unsigned long long *h, int fd)
{
	static struct bpf_insn insns[MAX_INSNS];
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info), n;
	int err = 0;

	info.xlated_prog_insns = (unsigned long)insns;
	info.xlated_prog_len = sizeof(insns);
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	n = info.xlated_prog_len / sizeof(*insns);
	if (n > MAX_INSNS)
		return -E2BIG;
	if (!n || !info.xlated_prog_insns)
		return -EPERM;
	for (__u32 i = 0; i < n && !err; i++) {
		struct bpf_insn in = insns[i];
		bool wide = in.code == LD_IMM64 && in.src_reg;

		/* Ignore the place of a subprogram. */
		if (wide || (in.code == CALL && in.src_reg))
			in.imm = 0;
		hash(h, &in, sizeof(in));
		if (!wide)
			continue;
		/* The second half is hashed next: it has the offset in a map's value. */
		if (in.src_reg == BPF_PSEUDO_MAP_FD || in.src_reg == BPF_PSEUDO_MAP_VALUE)
			err = hash_map(h, insns[i].imm);
		else
			i++;
	}
	return err ?: (int)n;
}

static void prog_line(const char *file, const char *name, int fd)
{
	unsigned long long h = 0xcbf29ce484222325ULL;
	int n = hash_prog(&h, fd);

	if (n < 0)
		printf("%s unseen %s %s\n", file, name, strerror(-n));
	else
		printf("%s prog %s %d %016llx\n", file, name, n, h);
}

/* Sets types; returns true if a section does not tell the type, so @force was used. */
static bool set_types(struct bpf_object *obj, enum bpf_prog_type force)
{
	struct bpf_program *prog;
	bool unknown = false;

	bpf_object__for_each_program(prog, obj) {
		const struct compat_section *s = compat_section(bpf_program__section_name(prog));

		if (bpf_program__get_type(prog) != BPF_PROG_TYPE_UNSPEC)
			continue;
		bpf_program__set_type(prog, s ? s->type : force);
		if (s)
			bpf_program__set_expected_attach_type(prog, s->attach);
		else
			unknown = true;
	}
	return unknown;
}

/* Opens and loads @file; returns true if another type is to be tried. */
static bool attempt(const char *file, unsigned int i)
{
	int maps = 0, progs = 0, err;
	struct bpf_program *prog;
	struct bpf_object *obj;
	struct bpf_map *map;
	bool unknown, again;

	said[0] = 0;
	obj = bpf_object__open_file(file, NULL);
	err = libbpf_get_error(obj);
	if (err) {
		printf("%s open %d 0 0 %s\n", file, -err, said);
		return false;
	}
	bpf_object__for_each_map(map, obj)
		maps++;
	bpf_object__for_each_program(prog, obj)
		progs++;
	if (!i)
		printf("%s open 0 %d %d\n", file, maps, progs);
	fflush(stdout);		/* before 0.3 may crash */
	if (only_open) {
		bpf_object__close(obj);
		return false;
	}
	unknown = set_types(obj, types[i]);
	err = bpf_object__load(obj);
	again = err && unknown && i + 1 < sizeof(types) / sizeof(*types);
	if (!again)
		printf("%s load %d %d\n", file, -err, unknown ? (int)types[i] : 0);
	if (!err)
		bpf_object__for_each_program(prog, obj)
			if (bpf_program__fd(prog) >= 0)
				prog_line(file, bpf_program__name(prog),
					  bpf_program__fd(prog));
	bpf_object__close(obj);
	return again;
}

/* ---- time ------------------------------------------------------------------- */

#define ROUNDS	101

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Prints the measured values, in @unit; returns the median. */
static double summary(const char *what, const char *unit, double *t)
{
	int digits = *unit ? 0 : 2;

	qsort(t, ROUNDS, sizeof(*t), by_value);
	printf("%s: median %.*f%s (%.*f to %.*f, of %d)\n", what, digits, t[ROUNDS / 2], unit,
	       digits, t[ROUNDS / 10], digits, t[ROUNDS - 1 - ROUNDS / 10], ROUNDS);
	return t[ROUNDS / 2];
}

static int measure(const char *file)
{
	static double convert[ROUNDS], open[ROUNDS], ratio[ROUNDS];
	static char in[16 << 20];
	struct bpf_object *obj;
	size_t size, out_size;
	char why[256];
	void *out;
	FILE *f = fopen(file, "rb");

	if (!f)
		return 1;
	size = fread(in, 1, sizeof(in), f);
	fclose(f);
	if (size == sizeof(in))
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		double begin = now();

		if (maps2btf(in, size, NULL, &out, &out_size, why, sizeof(why))) {
			fprintf(stderr, "try: %s: %s\n", file, why);
			return 1;
		}
		convert[i] = now() - begin;
		begin = now();
		obj = bpf_object__open_mem(out, out_size, NULL);
		open[i] = now() - begin;
		if (libbpf_get_error(obj)) {
			fprintf(stderr, "try: %s: %s\n", file, said);
			return 1;
		}
		bpf_object__close(obj);
		free(out);
		ratio[i] = convert[i] / open[i];
	}
	summary("ratio", "", ratio);
	return summary("maps2btf()", " us", convert) <
	       summary("bpf_object__open_mem()", " us", open) ? 0 : 2;
}

int main(int argc, char **argv)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	bool timed = false;
	unsigned int i;
	int opt;

	while ((opt = getopt(argc, argv, "mov")) != -1) {
		if (opt == 'm') {
			timed = true;
		} else if (opt == 'o') {
			only_open = true;
		} else if (opt == 'v') {
			verbose = true;
		} else {
			fputs("usage: try [-ov] FILE... | try -m FILE\n", stderr);
			return 1;
		}
	}
	setrlimit(RLIMIT_MEMLOCK, &all);
	libbpf_set_print(print);
	if (timed)
		return measure(argv[optind]);
	for (; optind < argc; optind++) {
		for (i = 0; attempt(argv[optind], i); i++)
			;
		fflush(stdout);
	}
	return 0;
}
