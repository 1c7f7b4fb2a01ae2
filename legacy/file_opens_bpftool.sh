#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# file_opens_bpftool.sh - opens by process and by name, by the bpftool command line: what a
# person types.
#
# As root in .output/bin, part by part: `load`, `attach`, `dump`, and at last `rm -r $pins`.
# file_opens.bpftool does so, too, and makes records of what `dump` prints.
# The trap: two dumps are made at two times; live they need not fit together.
pins=/sys/fs/bpf/file_opens
kern=${kern:-file_opens_kern}		# or file_opens-percpu_kern

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
	bpftool -j map dump pinned $pins/processes
	# Of -percpu the names are in a map of their own, as they are the same for all CPUs.
	[ ! -e $pins/names ] || bpftool -j map dump pinned $pins/names
	bpftool -j map dump pinned $pins/files ;;
esac
