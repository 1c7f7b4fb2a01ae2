/* SPDX-License-Identifier: GPL-2.0 */
/*
 * version.h - what --version of every program says: which version of this suite it was
 * built from, and of libbpf, where it is linked with one that can tell.
 */
#ifndef SAMPLES_LIB_VERSION_H
#define SAMPLES_LIB_VERSION_H

/* "NAME of bpf_evolution VERSION" on stdout. */
void version_print(void);

#endif
