#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# write_count_bpftool.sh - writes of each process, by the bpftool commands that a person would
# type.
#
# To try it, be root in .output/bin, with a bpffs on /sys/fs/bpf:
#	sh write_count_bpftool.sh load
#	sh write_count_bpftool.sh attach		(until ^D)
#	sh write_count_bpftool.sh dump
#	rm -r /sys/fs/bpf/write_count
# write_count.bpftool runs the same parts, and makes records of
# what `dump` prints.  `map dump` reads the whole hash, with two system calls for each
# entry.  It prints bytes; without -j, and if the map has BTF, it prints values of the
# types that BTF says.
pins=/sys/fs/bpf/write_count
kern=${kern:-write_count_kern}		# a flavour has another object, such as -percpu

case $1 in
load)
	mkdir $pins
	# A bpftool built on libbpf >= 1.0 refuses SEC("maps"): see trace_output_bpftool.sh.
	bpftool prog load $kern.o $pins/prog pinmaps $pins ||
		bpftool prog load $kern.btf.o $pins/prog pinmaps $pins ;;
attach)
	# A newer bpftool attaches, but only what it loads: load again, with all pinned maps.
	maps=$(cd $pins && for map in [!p]*; do echo map name $map pinned $pins/$map; done)
	bpftool prog help 2>&1 | grep -q autoattach &&
		bpftool prog load $kern.btf.o $pins/link $maps autoattach ||
		./bpf_attach tracepoint raw_syscalls/sys_exit $pins/prog ;;
dump)
	bpftool -j map dump pinned $pins/counts ;;
esac
