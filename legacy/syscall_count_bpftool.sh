#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# syscall_count_bpftool.sh - system calls by number, by the bpftool command line: what a
# person types.
#
# As root in .output/bin, part by part: `load`, `attach`, `dump`, and at last `rm -r $pins`.
# syscall_count.bpftool does so, too, and makes records of what `dump` prints: 513 entries
# of each array, most of them zero.
# The trap: a dump is no snapshot, and live this counts bpftool's own calls.
pins=/sys/fs/bpf/syscall_count
kern=${kern:-syscall_count_kern}	# or syscall_count-percpu_kern

case $1 in
load)
	mkdir $pins
	# A bpftool built on libbpf >= 1.0 refuses SEC("maps"): see trace_output_bpftool.sh.
	bpftool prog loadall $kern.o $pins pinmaps $pins ||
		bpftool prog loadall $kern.btf.o $pins pinmaps $pins ;;
attach)
	# A program is pinned as its function is called, or by a bpftool of 5.10 as its section.
	./bpf_attach tracepoint raw_syscalls/sys_enter $pins/*_enter \
		tracepoint raw_syscalls/sys_exit $pins/*_exit ;;
dump)
	bpftool -j map dump pinned $pins/enters
	bpftool -j map dump pinned $pins/latency ;;
esac
