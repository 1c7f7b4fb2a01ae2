// SPDX-License-Identifier: GPL-2.0
/*
 * maps2btf IN.o OUT.o - turn SEC("maps") into SEC(".maps").
 *
 * The command around maps2btf(): for objects that are at hand as files, so that
 * bpftool, tc and programs without the compat library can load them.  OUT.o is
 * either there in full or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maps2btf.h"

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
	errno = S_ISDIR(st.st_mode) ? EISDIR : S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > MAX_FILE)
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
	free(p);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int write_file(const char *path, const char *data, size_t size)
{
	char temp[PATH_MAX];
	mode_t mask = umask(0);
	ssize_t n;
	int fd;

	umask(mask);
	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return fail(path, strerror(ENAMETOOLONG));
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return fail(path, strerror(errno));
	for (; size; data += n, size -= n) {
		n = write(fd, data, size);
		if (n < 0)
			goto error;
	}
	if (fchmod(fd, 0666 & ~mask))
		goto error;
	n = close(fd);
	fd = -1;
	if (n || rename(temp, path))
		goto error;
	return 0;
error:
	fail(path, strerror(errno));
	if (fd >= 0)
		close(fd);
	unlink(temp);
	return -1;
}

static void usage(FILE *to)
{
	fputs("usage: maps2btf [-l LAYOUT] IN.o OUT.o\n"
	      "Turns the SEC(\"maps\") of a BPF object into SEC(\".maps\"), as libbpf >= 1.0,\n"
	      "bpftool and tc ask for.  An object without it is copied as it is.\n"
	      "\n"
	      "  -l, --layout LAYOUT  how the definitions are laid out, where neither BTF nor\n"
	      "                       their size tells:", to);
	for (int i = 0; maps2btf_layouts(i); i++)
		fprintf(to, "%s%s", i % 6 ? " " : "\n                         ",
			maps2btf_layouts(i));
	fputs("\n  -h, --help           this text\n", to);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "layout", required_argument, NULL, 'l' },
		{}
	};
	void *in = NULL, *out = NULL;
	const char *layout = NULL;
	size_t in_size, out_size;
	char why[4096] = "";
	int opt, err = -1;

	while ((opt = getopt_long(argc, argv, "hl:", options, NULL)) != -1) {
		if (opt == 'l') {
			layout = optarg;
			continue;
		}
		usage(opt == 'h' ? stdout : stderr);
		return opt != 'h';
	}
	if (argc - optind != 2) {
		usage(stderr);
		return 1;
	}
	if (read_file(argv[optind], &in, &in_size))
		goto cleanup;
	if (maps2btf(in, in_size, layout, &out, &out_size, why, sizeof(why))) {
		fail(argv[optind], why);
		goto cleanup;
	}
	if (*why)	/* converted, but not all could be said */
		fprintf(stderr, "%s\n", why);
	err = write_file(argv[optind + 1], out, out_size);
cleanup:
	free(in);
	free(out);
	return err ? 1 : 0;
}
