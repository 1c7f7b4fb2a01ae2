#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# write_count_bpftool.sh - writes of each process, by the bpftool command line: what a
# person types.
#
# As root in .output/bin, part by part: `load`, `attach`, `dump`, and at last `rm -r $pins`.
# write_count.bpftool does so, too, and makes records of what `dump` prints.
# `map dump` shows the whole hash, at two system calls for each entry.  The trap: it prints
# bytes, or without -j, where there is BTF, what it takes them for.
pins=/sys/fs/bpf/write_count
kern=${kern:-write_count_kern}		# of a flavour it is another one, such as -percpu

case $1 in
load)
	mkdir $pins
	# A bpftool built on libbpf >= 1.0 refuses SEC("maps"): see trace_output_bpftool.sh.
	bpftool prog load $kern.o $pins/prog pinmaps $pins ||
		bpftool prog load $kern.btf.o $pins/prog pinmaps $pins ;;
attach)
	# Newer ones attach, but only while they load: so once more, with all pins but prog.
	maps=$(cd $pins && for map in [!p]*; do echo map name $map pinned $pins/$map; done)
	bpftool prog help 2>&1 | grep -q autoattach &&
		bpftool prog load $kern.btf.o $pins/link $maps autoattach ||
		./bpf_attach tracepoint raw_syscalls/sys_exit $pins/prog ;;
dump)
	bpftool -j map dump pinned $pins/counts ;;
esac
