// SPDX-License-Identifier: GPL-2.0
/*
 * pin.c - pin the programs of an object with the file names of libbpf 0.x.
 *
 * In 0.x bpf_object__pin_programs() used the name of the program's section, with "_" for
 * "/".  1.0 uses the name of the function, since a section may have several programs.  A
 * program for libbpf 0.x looks for the file by the name of the section.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "compat.h"

static int path_of(const struct bpf_program *prog, const char *dir, char *path)
{
	const char *name = compat_strict(LIBBPF_STRICT_SEC_NAME) ?
			   bpf_program__name(prog) : compat_bpf_program__section_name(prog);
	int len = snprintf(path, PATH_MAX, "%s/", dir);

	if (len + strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(path + len, name);
	for (path += len; *path; path++)
		if (*path == '/')
			*path = '_';
	return 0;
}

int compat_bpf_object__pin_programs(struct bpf_object *obj, const char *dir)
{
	struct bpf_program *prog;
	char path[PATH_MAX];
	int err;

	if (!obj)
		return -ENOENT;
	bpf_object__for_each_program(prog, obj) {
		err = path_of(prog, dir, path);
		if (!err)
			err = bpf_program__pin(prog, path);
		if (err)
			goto unpin;
	}
	return 0;
unpin:
	while ((prog = bpf_object__prev_program(obj, prog)))
		if (!path_of(prog, dir, path))
			bpf_program__unpin(prog, path);
	return err;
}

int compat_bpf_object__unpin_programs(struct bpf_object *obj, const char *dir)
{
	struct bpf_program *prog;
	char path[PATH_MAX];
	int err;

	if (!obj)
		return -ENOENT;
	bpf_object__for_each_program(prog, obj) {
		err = path_of(prog, dir, path);
		if (!err)
			err = bpf_program__unpin(prog, path);
		if (err)
			return err;
	}
	return 0;
}

int compat_bpf_object__pin(struct bpf_object *obj, const char *dir)
{
	int err = bpf_object__pin_maps(obj, dir);

	if (err)
		return err;
	err = compat_bpf_object__pin_programs(obj, dir);
	if (err)
		bpf_object__unpin_maps(obj, dir);
	return err;
}
