#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# old_uapi.sh DIR - makes DIR/linux/bpf.h similar to that of 2019: that of this machine,
# without newer declarations that programs for libbpf 0.3 do not need.
# Environment: CC.
set -u
export LC_ALL=C

mkdir -p "$1/linux"
from=$(${CC:-cc} -std=gnu11 -E -include linux/bpf.h - </dev/null |
	sed -n 's/^# [0-9]* "\(.*linux\/bpf\.h\)".*/\1/p' | head -n 1)
sed -E -e '/^\tBPF_PROG_TYPE_(TRACING|STRUCT_OPS|EXT|LSM|SK_LOOKUP|SYSCALL|NETFILTER),/d' \
	-e '/^\tBPF_MAP_TYPE_(STRUCT_OPS|RINGBUF|INODE_STORAGE|TASK_STORAGE|BLOOM_FILTER|USER_RINGBUF|CGRP_STORAGE|ARENA|INSN_ARRAY),/d' \
	-e '/^enum bpf_(link_type|stats_type|iter_.*) \{/,/^\};/d' \
	-e '/^\t__u.. (recursion_misses|verified_insns|attach_btf_obj_id|attach_btf_id);/d' \
	"$from" >"$1/linux/bpf.h"
grep -q 'BPF_PROG_TYPE_XDP,' "$1/linux/bpf.h" &&
	! grep -q 'BPF_PROG_TYPE_TRACING,\|^enum bpf_link_type\|recursion_misses;' "$1/linux/bpf.h" && exit
echo "old_uapi: cannot remove newer declarations from $from: adapt the patterns in this script" >&2
exit 1
