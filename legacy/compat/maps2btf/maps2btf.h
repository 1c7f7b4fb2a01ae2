/* SPDX-License-Identifier: GPL-2.0 */
/*
 * maps2btf.h - turn SEC("maps") into SEC(".maps").
 *
 * Up to libbpf 0.8 a map was a struct bpf_map_def in the section "maps"; from
 * 1.0 on it is a variable in ".maps" whose BTF type describes the map, and
 * libbpf refuses an object with a section "maps".  maps2btf() rewrites such an
 * object, so that libbpf >= 1.0, bpftool and tc accept it.
 */
#ifndef COMPAT_MAPS2BTF_H
#define COMPAT_MAPS2BTF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Rewrites the object of @in_size bytes at @in, which may hold anything.
 *
 * @layout names the layout of the definitions ("samples", "iproute2"...;
 * maps2btf_layouts() lists them) if the object does not show it, or is NULL.
 *
 * On success returns 0, and stores in *@out a new object of *@out_size bytes, which
 * the caller frees.  @why then has one line for each property that was lost, or is
 * empty.  The maps of an object without legacy maps do not change.  From an object with
 * legacy maps, the sections .data.X, .rodata.X and .bss.X are removed, unless code
 * refers to them: they are maps only since libbpf 0.6.
 *
 * On failure returns a negative errno, with the reason in @why: EINVAL for a corrupt
 * object, or one that is not for BPF; EOPNOTSUPP if libbpf >= 1.0 has no equivalent;
 * ENOMEM.
 */
int maps2btf(const void *in, size_t in_size, const char *layout,
	     void **out, size_t *out_size, char *why, size_t why_size);

/*
 * The same for a program that was written for libbpf 0.x, which has to find the same
 * maps as with 0.x.  So constants in a section of their own (.rodata.str1.1, a map since
 * libbpf 0.6) are also removed from an object without legacy maps, unless code refers to
 * them.  *@renamed is set if the object's program was in .text.  This section is called
 * "text" in the new object, as libbpf >= 1.0 takes functions in .text for subprograms.
 */
int maps2btf_then(const void *in, size_t in_size, const char *layout, void **out,
		  size_t *out_size, bool *renamed, char *why, size_t why_size);

/* A map, as maps2btf_list() describes it. */
struct maps2btf_map {
	const char *name, *section;
	const char *layout;	/* "BTF" if member names tell, NULL if unknown */
	const char *problem;	/* why this map cannot be converted, or NULL */
	unsigned int nfields;
	struct maps2btf_field {
		const char *name;
		unsigned int value;
	} fields[64];
};

/* A program, as maps2btf_list() describes it. */
struct maps2btf_prog {
	const char *name, *section;
	unsigned long long offset, size;	/* in bytes, in the section */
	int subprogram;				/* only called by others, not loaded alone */
};

/*
 * Calls @map for each map, in ".maps" or with a legacy definition, and @prog for each
 * program.  Names may hold any bytes but NUL.  Returns 0 or -errno as maps2btf() does;
 * a map that cannot be converted is not an error.
 */
int maps2btf_list(const void *in, size_t in_size, const char *layout,
		  void (*map)(void *ctx, const struct maps2btf_map *m),
		  void (*prog)(void *ctx, const struct maps2btf_prog *p), void *ctx,
		  char *why, size_t why_size);

/* The names that @layout may have, one by one; NULL after the last. */
const char *maps2btf_layouts(int i);

#endif
