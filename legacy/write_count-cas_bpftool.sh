#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# write_count-cas.bpftool - write_count.bpftool with the largest write.
#
# `bpftool feature probe` knows helpers, map and program types, but no single
# instruction: whether the kernel has compare-and-swap shows when it loads the
# program.  The trap: bpftool's last line says that the load failed; why is in
# the verifier's log, further up.
# shellcheck disable=SC2034
flavour=-cas largest=1 of_what=", and the largest"
refused() {
	[[ $(<"$scratch/err") != *"uses reserved fields"* ]] ||
		skip "this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12): BPF_XADD uses reserved fields"
}
# shellcheck source=legacy/write_count_bpftool.sh
. "$(dirname "$(readlink -f "$0")")/write_count.bpftool" || exit 1
