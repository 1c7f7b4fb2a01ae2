/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cmpxchg.h - a program that loads only if the kernel has compare-and-swap, for variants whose
 * program needs it.
 *
 * Until 5.12 there was one atomic instruction, XADD, and the field that now says which
 * one it is had to be 0, so such a kernel returns EINVAL.  Later headers call the opcode
 * BPF_ATOMIC.
 */
#ifndef LEGACY_LIB_CMPXCHG_H
#define LEGACY_LIB_CMPXCHG_H

#include "insns.h"

static const struct bpf_insn cmpxchg_insns[] = {
	BPF_MOV64_IMM(BPF_REG_0, 0),
	BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0),
	BPF_RAW_INSN(BPF_STX | BPF_DW | 0xc0 /* BPF_XADD */, BPF_REG_10, BPF_REG_0, -8,
		     0xf1 /* BPF_CMPXCHG */),
	BPF_MOV64_IMM(BPF_REG_0, 0),
	BPF_EXIT_INSN(),
};

#define CMPXCHG_INSNS	(sizeof(cmpxchg_insns) / sizeof(cmpxchg_insns[0]))

#endif
