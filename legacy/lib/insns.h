/* SPDX-License-Identifier: GPL-2.0 */
/*
 * insns.h - eBPF instructions as C initializers.
 *
 * Before clang had a BPF target, programs were written like this, and the verifier's own
 * tests still are.  An instruction has eight bytes: an opcode, two registers, an offset
 * for a jump or for memory, and a constant; only a 64-bit load takes two instructions.
 * The names are those of the kernel's filter.h.
 */
#ifndef LEGACY_LIB_INSNS_H
#define LEGACY_LIB_INSNS_H

#include <linux/bpf.h>

#define BPF_RAW_INSN(CODE, DST, SRC, OFF, IMM)				\
	((struct bpf_insn){						\
		.code = (CODE),						\
		.dst_reg = (DST),					\
		.src_reg = (SRC),					\
		.off = (OFF),						\
		.imm = (IMM),						\
	})

/* dst = src */
#define BPF_MOV64_REG(DST, SRC)						\
	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define BPF_MOV64_IMM(DST, IMM)						\
	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
/* the same in 32 bits: the upper half becomes 0 */
#define BPF_MOV32_IMM(DST, IMM)						\
	BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_K, DST, 0, 0, IMM)

/* dst OP= imm, with OP as BPF_ADD or BPF_RSH */
#define BPF_ALU64_IMM(OP, DST, IMM)					\
	BPF_RAW_INSN(BPF_ALU64 | BPF_OP(OP) | BPF_K, DST, 0, 0, IMM)

/* dst = *(SIZE *)(src + off), with SIZE as BPF_W or BPF_DW */
#define BPF_LDX_MEM(SIZE, DST, SRC, OFF)				\
	BPF_RAW_INSN(BPF_LDX | BPF_SIZE(SIZE) | BPF_MEM, DST, SRC, OFF, 0)
/* *(SIZE *)(dst + off) = src */
#define BPF_STX_MEM(SIZE, DST, SRC, OFF)				\
	BPF_RAW_INSN(BPF_STX | BPF_SIZE(SIZE) | BPF_MEM, DST, SRC, OFF, 0)
#define BPF_ST_MEM(SIZE, DST, OFF, IMM)					\
	BPF_RAW_INSN(BPF_ST | BPF_SIZE(SIZE) | BPF_MEM, DST, 0, OFF, IMM)

/* dst = a 64-bit constant: two instructions */
#define BPF_LD_IMM64_RAW(DST, SRC, IMM)					\
	BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, DST, SRC, 0, (__u32)(IMM)), \
	BPF_RAW_INSN(0, 0, 0, 0, (__u64)(IMM) >> 32)
/* dst = the map of a descriptor; the verifier replaces the descriptor by its address */
#define BPF_LD_MAP_FD(DST, FD)						\
	BPF_LD_IMM64_RAW(DST, BPF_PSEUDO_MAP_FD, FD)

/* if (dst OP src) skip off instructions, with OP as BPF_JEQ */
#define BPF_JMP_REG(OP, DST, SRC, OFF)					\
	BPF_RAW_INSN(BPF_JMP | BPF_OP(OP) | BPF_X, DST, SRC, OFF, 0)
#define BPF_JMP_IMM(OP, DST, IMM, OFF)					\
	BPF_RAW_INSN(BPF_JMP | BPF_OP(OP) | BPF_K, DST, 0, OFF, IMM)
#define BPF_JMP_A(OFF)							\
	BPF_RAW_INSN(BPF_JMP | BPF_JA, 0, 0, OFF, 0)

/* r0 = FUNC(r1, ..., r5); r1 to r5 are undefined afterwards */
#define BPF_EMIT_CALL(FUNC)						\
	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, FUNC)
#define BPF_EXIT_INSN()							\
	BPF_RAW_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif
