#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# syscall_count_bpftool.sh - system calls by number, by the bpftool commands that a person would
# type.
#
# To try it, be root in .output/bin, with a bpffs on /sys/fs/bpf:
#	sh syscall_count_bpftool.sh load
#	sh syscall_count_bpftool.sh attach		(until ^D)
#	sh syscall_count_bpftool.sh dump
#	rm -r /sys/fs/bpf/syscall_count
# syscall_count.bpftool runs the same parts, and makes records of what `dump` prints: 513
# entries of each array, most of them zero.  A dump is not a snapshot, and while the programs run
# they count bpftool's own calls, too.
pins=/sys/fs/bpf/syscall_count
kern=${kern:-syscall_count_kern}	# or syscall_count-percpu_kern

case $1 in
load)
	mkdir $pins
	# A bpftool built on libbpf >= 1.0 refuses SEC("maps"): see trace_output_bpftool.sh.
	bpftool prog loadall $kern.o $pins pinmaps $pins ||
		bpftool prog loadall $kern.btf.o $pins pinmaps $pins ;;
attach)
	# The pin has the name of the program's function; with a bpftool of 5.10, of its section.
	./bpf_attach tracepoint raw_syscalls/sys_enter $pins/*_enter \
		tracepoint raw_syscalls/sys_exit $pins/*_exit ;;
dump)
	bpftool -j map dump pinned $pins/enters
	bpftool -j map dump pinned $pins/latency ;;
starts)	# at the end, when no program deletes any more
	bpftool -j map dump pinned $pins/starts ;;
esac
