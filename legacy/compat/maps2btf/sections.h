/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sections.h - the program type that libbpf 0.x derived from a section's name.
 *
 * libbpf 0.x matched the beginning of a name: "xdp1", "socket/filter" and
 * "classifier_ingress" had a type.  For libbpf >= 1.0 they have none.  A name cannot be
 * changed, as .BTF.ext refers to sections by name, so the program that loads the object
 * must set the type; this table gives the type.  It does not need libbpf.
 */
#ifndef COMPAT_SECTIONS_H
#define COMPAT_SECTIONS_H

#include <stdbool.h>
#include <linux/bpf.h>

struct compat_section {
	const char *prefix;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;	/* the expected one, 0 for none */
	const char *name;		/* of the type, as in bpftool */
	bool exact;			/* the whole name must be @prefix */
};

/* Returns NULL for a section that had no type. */
const struct compat_section *compat_section(const char *name);

#endif
