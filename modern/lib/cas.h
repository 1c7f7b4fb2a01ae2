/* SPDX-License-Identifier: GPL-2.0 */
/* cas.h - probes whether this kernel has BPF's compare-and-swap. */
#ifndef MODERN_LIB_CAS_H
#define MODERN_LIB_CAS_H

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "permission.h"

/* Loads a minimal program that has the instruction (Linux 5.12; the JIT has to know it, too). */
static inline bool modern_has_cas(void)
{
	const struct bpf_insn insns[] = {
		/* r0 = 0; *(u64 *)(r10 - 8) = 0; r1 = 1 */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
		/* r0 = cmpxchg(r10 - 8, r0, r1); return r0 */
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = BPF_REG_10,
		  .src_reg = BPF_REG_1, .off = -8, .imm = BPF_CMPXCHG },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "has_cas", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), NULL);

	if (fd < 0) {
		permission_unknown("BPF_CMPXCHG", errno);
		return false;
	}
	close(fd);
	return true;
}

#endif
