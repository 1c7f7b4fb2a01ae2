#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# preempted.sh - on Linux 7.0 and later, programs at tracepoints miss calls.
#
# Tracepoints used to call attached programs with preemption off.  Now they only hold
# an SRCU or RCU read lock (include/linux/tracepoint.h), and the task may be preempted
# in the middle of a program.  The kernel does not run a program recursively: a counter
# per CPU says that the program runs (__bpf_trace_run() in kernel/trace/bpf_trace.c),
# and it says so until the preempted task runs again.  Meanwhile the program is skipped
# for all other tasks on that CPU, for a time slice or more; recursion_misses counts
# the skipped runs, but does not say of which tasks.
#
#	raw_tp, tp_btf			Linux 7.0, at any tracepoint
#	tracepoint/syscalls/...		Linux 7.2 at the latest: BPF programs there may sleep
#	all other tracepoint/...	never: perf's handler still turns preemption off
#	kprobe				never: its handlers run with preemption off
#
# So the suite uses the third hook where the first two may be preempted.  This script
# prints a table for a kernel, in a guest with one CPU; with "host", for this machine's
# own, as root.  SCHED_FIFO is the control: the same programs and calls, by threads that
# do not preempt each other.  On 7.3, of 800,000 calls the first two hooks did not see
# 54,699 and 77,368, and the kernel counted as many skipped runs; the third hook, and all
# three in the control, saw every call.  Exit status 1 if calls are unseen.
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
