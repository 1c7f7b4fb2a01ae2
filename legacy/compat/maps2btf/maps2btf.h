/* SPDX-License-Identifier: GPL-2.0 */
/*
 * maps2btf.h - turn SEC("maps") into SEC(".maps").
 *
 * Up to libbpf 0.8 a map was a struct bpf_map_def in the section "maps"; from
 * 1.0 on it is a variable in ".maps" whose BTF type says what the map is, and
 * an object with the former is refused.  This rewrites such an object: the
 * result is what libbpf >= 1.0, bpftool and tc take.
 */
#ifndef COMPAT_MAPS2BTF_H
#define COMPAT_MAPS2BTF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Rewrites the object of @in_size bytes at @in, which may hold anything.
 *
 * @layout names the layout of the definitions where the object itself does not
 * tell ("samples", "iproute2"...: maps2btf_layouts() lists them), or is NULL.
 *
 * Returns 0 and in *@out a new object of *@out_size bytes, to be freed by the
 * caller; an object without legacy maps comes back as it was.  One with them loses what is
 * a map since libbpf 0.6 (.data.X, .rodata.X, .bss.X), unless code refers to it.  @why then has
 * lines about what could not be said, or is empty.  Else returns a
 * negative errno, with the reason in @why (EINVAL: corrupt or not a BPF
 * object, EOPNOTSUPP: nothing in libbpf >= 1.0 could say this, ENOMEM).
 */
int maps2btf(const void *in, size_t in_size, const char *layout,
	     void **out, size_t *out_size, char *why, size_t why_size);

/*
 * The same for a program that was written to libbpf 0.x: so that it finds the maps that it
 * found then, an object without legacy maps, too, loses its constants that have a section
 * of their own (.rodata.str1.1, a map since libbpf 0.6) unless code refers to them.
 * *@renamed says whether the program of an object stood in .text, which is called "text"
 * now, as .text is for subprograms.
 */
int maps2btf_then(const void *in, size_t in_size, const char *layout, void **out,
		  size_t *out_size, bool *renamed, char *why, size_t why_size);

/* What there is in an object, as maps2btf_list() tells. */
struct maps2btf_map {
	const char *name, *section;
	const char *layout;	/* whose; "BTF" if its members' names tell, NULL if nothing does */
	const char *problem;	/* why this map cannot be converted, or NULL */
	unsigned int nfields;
	struct maps2btf_field {
		const char *name;
		unsigned int value;
	} fields[64];
};

struct maps2btf_prog {
	const char *name, *section;
	unsigned long long offset, size;	/* in bytes, in the section */
	int subprogram;				/* others call it: it is not loaded */
};

/*
 * Calls @map for each map, in ".maps" or as of old, and @prog for each program.
 * Names may hold anything but NUL.  Returns as maps2btf() does; that a map has
 * a problem is no error.
 */
int maps2btf_list(const void *in, size_t in_size, const char *layout,
		  void (*map)(void *ctx, const struct maps2btf_map *m),
		  void (*prog)(void *ctx, const struct maps2btf_prog *p), void *ctx,
		  char *why, size_t why_size);

/* The names that @layout may have, one by one; NULL after the last. */
const char *maps2btf_layouts(int i);

#endif
