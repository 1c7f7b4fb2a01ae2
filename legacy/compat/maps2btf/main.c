// SPDX-License-Identifier: GPL-2.0
/*
 * maps2btf IN.o OUT.o - turn SEC("maps") into SEC(".maps").
 *
 * This program calls maps2btf() for objects in files, so that bpftool, tc and programs
 * without the compat library can load them.  If it fails, it does not change OUT.o.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elf.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "maps2btf.h"
#include "sections.h"

#ifndef VERSION	/* compat.mk defines it */
#define VERSION	"(unknown)"
#endif

#define MAX_FILE	(256UL << 20)

static int fail(const char *file, const char *why)
{
	fprintf(stderr, "maps2btf: %s: %s\n", file, why);
	return -1;
}

static int read_file(const char *path, void **data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;
	char *p = NULL;

	if (fd < 0 || fstat(fd, &st))
		goto error;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		fail(path, "not a regular file");
		goto close;
	}
	errno = S_ISDIR(st.st_mode) ? EISDIR : EFBIG;
	if (S_ISDIR(st.st_mode) || (size_t)st.st_size > MAX_FILE)
		goto error;
	p = malloc(st.st_size + 1);
	if (!p)
		goto error;
	for (*size = 0; *size < (size_t)st.st_size; *size += n) {
		n = read(fd, p + *size, st.st_size - *size);
		if (n < 0)
			goto error;
		if (!n)
			break;
	}
	close(fd);
	*data = p;
	return 0;
error:
	fail(path, strerror(errno));
close:
	free(p);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	for (; size; data += n, size -= n) {
		n = write(fd, data, size);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* Writes to a pipe or a device: it must not be replaced by a file. */
static int write_special(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return fail(path, strerror(errno));
	err = write_all(fd, data, size);
	if (close(fd) || err)
		return fail(path, strerror(errno));
	return 0;
}

static int write_file(const char *name, const char *data, size_t size)
{
	char temp[PATH_MAX + 8], path[PATH_MAX];
	mode_t mask = umask(0);
	struct stat st;
	int fd, err;

	umask(mask);
	/* Replace the target of a link, not the link. */
	if (!realpath(name, path) &&
	    snprintf(path, sizeof(path), "%s", name) >= (int)sizeof(path))
		return fail(name, strerror(ENAMETOOLONG));
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_special(path, data, size);
	snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return fail(name, strerror(errno));
	if (write_all(fd, data, size) || fchmod(fd, 0666 & ~mask))
		goto error;
	err = close(fd);
	fd = -1;
	if (err || rename(temp, path))
		goto error;
	return 0;
error:
	fail(name, strerror(errno));
	if (fd >= 0)
		close(fd);
	unlink(temp);
	return -1;
}

/* ---- does libbpf open it? ----------------------------------------------------- */

#define OPEN_SECONDS	10

static char *first_warning;

static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN && !first_warning && vasprintf(&first_warning, fmt, ap) < 0)
		first_warning = NULL;
	return 0;
}

/* Runs in a process of its own, as libbpf may crash on an invalid object. */
static void try_to_open(const void *data, size_t size, int out)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "maps2btf");
	const char *why;
	int err;

	alarm(OPEN_SECONDS);
	libbpf_set_print(keep_warning);
	if (bpf_object__open_mem(data, size, &opts))
		_exit(0);
	err = errno;
	/* Up to 1.4, libbpf opens no object of the other byte order. */
	if (err == LIBBPF_ERRNO__ENDIAN)
		_exit(0);
	why = first_warning ? first_warning : strerror(err);
	if (!strncmp(why, "libbpf: ", 8))
		why += 8;
	dprintf(out, "%.*s", (int)strcspn(why, "\n"), why);
	_exit(1);
}

/*
 * Tries to open the object, and prints the warning of libbpf if that fails: a valid
 * object may refer to another object, or have maps with fields that libbpf does not know.
 */
static void say_if_unopened(const char *file, const void *data, size_t size)
{
	char why[512] = "";
	int fd[2], status;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return;
	pid = fork();
	if (!pid)
		try_to_open(data, size, fd[1]);
	close(fd[1]);
	if (pid > 0) {
		for (size_t n = 0, got = 1; got; n += got) {
			ssize_t more = read(fd[0], why + n, sizeof(why) - 1 - n);

			got = more > 0 ? more : 0;
		}
		if (waitpid(pid, &status, 0) == pid && status)
			fprintf(stderr, "%s: libbpf %d.%d does not open it: %s\n", file,
				libbpf_major_version(), libbpf_minor_version(),
				*why ? why : "it crashes");
	}
	close(fd[0]);
}

/* ---- --list ------------------------------------------------------------------- */

/* The names that bpftool uses. */
static const char *const map_types[] = {
	[BPF_MAP_TYPE_HASH] = "hash",
	[BPF_MAP_TYPE_ARRAY] = "array",
	[BPF_MAP_TYPE_PROG_ARRAY] = "prog_array",
	[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = "perf_event_array",
	[BPF_MAP_TYPE_PERCPU_HASH] = "percpu_hash",
	[BPF_MAP_TYPE_PERCPU_ARRAY] = "percpu_array",
	[BPF_MAP_TYPE_STACK_TRACE] = "stack_trace",
	[BPF_MAP_TYPE_CGROUP_ARRAY] = "cgroup_array",
	[BPF_MAP_TYPE_LRU_HASH] = "lru_hash",
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = "lru_percpu_hash",
	[BPF_MAP_TYPE_LPM_TRIE] = "lpm_trie",
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = "array_of_maps",
	[BPF_MAP_TYPE_HASH_OF_MAPS] = "hash_of_maps",
	[BPF_MAP_TYPE_DEVMAP] = "devmap",
	[BPF_MAP_TYPE_SOCKMAP] = "sockmap",
	[BPF_MAP_TYPE_CPUMAP] = "cpumap",
	[BPF_MAP_TYPE_XSKMAP] = "xskmap",
	[BPF_MAP_TYPE_SOCKHASH] = "sockhash",
	[BPF_MAP_TYPE_CGROUP_STORAGE] = "cgroup_storage",
	[BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = "reuseport_sockarray",
	[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = "percpu_cgroup_storage",
	[BPF_MAP_TYPE_QUEUE] = "queue",
	[BPF_MAP_TYPE_STACK] = "stack",
	[BPF_MAP_TYPE_SK_STORAGE] = "sk_storage",
	[BPF_MAP_TYPE_DEVMAP_HASH] = "devmap_hash",
	[BPF_MAP_TYPE_STRUCT_OPS] = "struct_ops",
	[BPF_MAP_TYPE_RINGBUF] = "ringbuf",
	[BPF_MAP_TYPE_INODE_STORAGE] = "inode_storage",
};

struct list {
	bool json;
	unsigned int maps, progs;
};

/* A name may hold any bytes: JSON gets escapes, a terminal gets '?'. */
static void put_name(const char *name, bool json)
{
	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		if (json && (*p == '"' || *p == '\\'))
			printf("\\%c", *p);
		else if (*p >= ' ' && *p < 0x7f)
			putchar(*p);
		else if (json)
			printf("\\u%04x", *p);
		else
			putchar('?');
	}
}

static void put_string(const char *key, const char *value)
{
	printf("\"%s\": ", key);
	if (!value) {
		printf("null");
		return;
	}
	putchar('"');
	put_name(value, true);
	putchar('"');
}

static const char *map_type(unsigned int type)
{
	return type < sizeof(map_types) / sizeof(*map_types) ? map_types[type] : NULL;
}

static void json_map(const struct maps2btf_map *m)
{
	printf("{ ");
	put_string("name", m->name);
	printf(", ");
	put_string("section", m->section);
	printf(", ");
	put_string("layout", m->layout);
	printf(", \"fields\": {");
	for (unsigned int i = 0; i < m->nfields; i++) {
		printf("%s\"", i ? ", " : " ");
		put_name(m->fields[i].name, true);
		printf("\": %u", m->fields[i].value);
	}
	printf(" }, ");
	put_string("type", m->nfields && !strcmp(m->fields[0].name, "type") ?
		   map_type(m->fields[0].value) : NULL);
	printf(", ");
	put_string("problem", m->problem);
	printf(" }");
}

static void list_map(void *ctx, const struct maps2btf_map *m)
{
	struct list *l = ctx;

	if (l->json) {
		printf("%s\n    ", l->maps++ ? "," : "");
		json_map(m);
		return;
	}
	printf("map ");
	put_name(m->name, false);
	printf("  section ");
	put_name(m->section, false);
	printf("  layout %s ", m->layout ? m->layout : "?");
	for (unsigned int i = 0; i < m->nfields; i++) {
		const char *type = strcmp(m->fields[i].name, "type") ? NULL :
				   map_type(m->fields[i].value);

		putchar(' ');
		put_name(m->fields[i].name, false);
		if (type)
			printf(" %s", type);
		else
			printf(" %u", m->fields[i].value);
	}
	putchar('\n');
	if (m->problem) {
		printf("    ! ");
		put_name(m->problem, false);
		putchar('\n');
	}
}

static void list_prog(void *ctx, const struct maps2btf_prog *p)
{
	const struct compat_section *s = p->subprogram ? NULL : compat_section(p->section);
	struct list *l = ctx;

	if (l->json) {
		printf("%s\n    { ", l->progs++ ? "," : "\n  ],\n  \"programs\": [");
		put_string("name", p->name);
		printf(", ");
		put_string("section", p->section);
		printf(", \"offset\": %llu, \"instructions\": %llu, \"subprogram\": %s, ",
		       p->offset, p->size / 8, p->subprogram ? "true" : "false");
		put_string("type", s ? s->name : NULL);
		printf(", \"expected_attach_type\": %d }", s ? (int)s->attach : 0);
		return;
	}
	printf("%s ", p->subprogram ? "subprogram" : "program");
	put_name(p->name, false);
	printf("  section ");
	put_name(p->section, false);
	if (!p->subprogram)
		printf("  type %s", s ? s->name : "none (the loader must set it)");
	printf("  %llu instructions\n", p->size / 8);
}

static int list(const char *file, const void *in, size_t size, const char *layout, bool json)
{
	struct list l = { .json = json };
	char why[4096];
	size_t out_size;
	void *out = NULL;
	int err;

	if (json)
		printf("{\n  \"maps\": [");
	err = maps2btf_list(in, size, layout, list_map, list_prog, &l, why, sizeof(why));
	if (err)
		fail(file, why);
	else
		maps2btf(in, size, layout, &out, &out_size, why, sizeof(why));
	if (json) {
		printf(l.progs ? "\n  ],\n  " : "\n  ],\n  \"programs\": [],\n  ");
		put_string("remarks", *why ? why : NULL);
		printf("\n}\n");
	} else if (!err && *why) {
		printf("%s\n", why);
	}
	free(out);
	return err;
}

static void usage(FILE *to)
{
	fputs("usage: maps2btf [-l LAYOUT] IN.o OUT.o\n"
	      "       maps2btf --list [--json] [-l LAYOUT] IN.o\n"
	      "Turns the SEC(\"maps\") of a BPF object into SEC(\".maps\"), which libbpf >= 1.0,\n"
	      "bpftool and tc require.  An object without SEC(\"maps\") is copied unchanged.\n"
	      "\n"
	      "  -l, --layout LAYOUT  the layout of the definitions, if it is not known from BTF\n"
	      "                       or from their size:", to);
	for (int i = 0; maps2btf_layouts(i); i++)
		fprintf(to, "%s%s", i % 6 ? " " : "\n                         ",
			maps2btf_layouts(i));
	fputs("\n      --list           print the contents of an object: maps with every field, and\n"
	      "                       programs with the type that libbpf 0.x gave their section\n"
	      "      --json           the same as JSON\n"
	      "      --version        print the version of maps2btf, and of its libbpf\n"
	      "  -h, --help           print this text\n"
	      "\n"
	      "maps2btf prints on standard error what is lost, and the error of libbpf if it does\n"
	      "not open the result.  Exit status: 0, or 1 if no OUT.o was written; then the reason\n"
	      "is on standard error.\n", to);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "layout", required_argument, NULL, 'l' },
		{ "list", no_argument, NULL, 'L' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	void *in = NULL, *out = NULL;
	const char *layout = NULL;
	bool listing = false, json = false;
	size_t in_size, out_size;
	char why[4096] = "";
	int opt, err = -1;

	while ((opt = getopt_long(argc, argv, "hl:", options, NULL)) != -1) {
		if (opt == 'l') {
			layout = optarg;
			continue;
		}
		if (opt == 'L' || opt == 'j') {
			listing = true;
			json |= opt == 'j';
			continue;
		}
		if (opt == 'V')
			return printf("maps2btf of bpf_evolution %s, libbpf %s\n", VERSION,
				      libbpf_version_string()) < 0;
		usage(opt == 'h' ? stdout : stderr);
		return opt != 'h';
	}
	if (argc - optind != (listing ? 1 : 2)) {
		usage(stderr);
		return 1;
	}
	if (read_file(argv[optind], &in, &in_size))
		goto cleanup;
	if (listing) {
		err = list(argv[optind], in, in_size, layout, json);
		goto cleanup;
	}
	if (maps2btf(in, in_size, layout, &out, &out_size, why, sizeof(why))) {
		fail(argv[optind], why);
		goto cleanup;
	}
	if (*why)	/* converted, but something is lost */
		fprintf(stderr, "%s\n", why);
	err = write_file(argv[optind + 1], out, out_size);
	if (!err)
		say_if_unopened(argv[optind + 1], out, out_size);
cleanup:
	free(in);
	free(out);
	return err ? 1 : 0;
}
