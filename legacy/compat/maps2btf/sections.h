/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sections.h - what libbpf 0.x took a section's name for.
 *
 * It matched how a name begins: "xdp1", "socket/filter" and "classifier_ingress"
 * had a type, and for libbpf >= 1.0 they have none.  A name cannot be changed
 * (.BTF.ext refers to sections by name), so whoever loads the object sets the
 * type; here is which.  No libbpf is needed to ask.
 */
#ifndef COMPAT_SECTIONS_H
#define COMPAT_SECTIONS_H

#include <stdbool.h>
#include <linux/bpf.h>

struct compat_section {
	const char *prefix;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;	/* the expected one, 0 for none */
	const char *name;		/* of the type, as bpftool has it */
	bool exact;			/* the name is @prefix, and does not only begin so */
};

/* NULL for a section that had no type. */
const struct compat_section *compat_section(const char *name);

#endif
