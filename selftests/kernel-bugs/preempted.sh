#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# preempted.sh - Linux 7.0 and later do not run all programs at tracepoints.
#
# Tracepoints used to call what is attached with preemption off.  Now a guard of
# SRCU's or of RCU's does (include/linux/tracepoint.h), and the task may be
# preempted in the middle of a program.  A program is not run within itself: a
# counter per CPU says that it runs (__bpf_trace_run() in kernel/trace/bpf_trace.c),
# and it says so until the task that was preempted is back.  Whatever other tasks do
# on that CPU meanwhile is not seen, for a time slice or more; recursion_misses says
# how often, and not of whom.
#
#	raw_tp, tp_btf			Linux 7.0, at any tracepoint
#	tracepoint/syscalls/...		by Linux 7.2: BPF programs there may sleep
#	all other tracepoint/...	never: perf's handler still turns preemption off
#	kprobe				never: its handlers run with preemption off
#
# So the suite uses the third where the others may be preempted.  This shows a table
# for a kernel, in a guest with one CPU; with "host", here and as root.  SCHED_FIFO
# is the control: the same programs and calls, by threads that do not preempt each
# other.  On 7.3, of 800,000 calls the first two did not see 54,699 and 77,368, and
# skipped as many; the third, and all three in the control, saw every one.  Exit
# status 1 if calls are unseen.
#
#	preempted.sh [KERNEL|host]	7.3 is the default; see vm.sh for others
set -e
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
${CLANG:-clang} -std=gnu11 -O2 -g -target bpf ${LIBBPF_CFLAGS-} \
	-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$here/preempted.bpf.c" -o "$tmp/preempted.bpf.o"
${CC:-cc} -std=gnu11 -O2 -D_GNU_SOURCE ${LIBBPF_CFLAGS-} "$here/preempted.c" -o "$tmp/preempted" \
	${LIBBPF_LIBS:--lbpf} -lelf -lz -lpthread
if [ "${1-}" = host ]; then
	cd "$tmp"
	"$here/../cases/mounts.sh" all ./preempted
else
	"$here/../guest/vm.sh" -k "${1:-7.3}" -c 1 -d "$tmp" -- ./preempted
fi
