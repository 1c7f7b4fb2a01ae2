#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# file_opens_bpftool.sh - opens by process and by name, by the bpftool commands that a person
# would type.
#
# To try it, be root in .output/bin, with a bpffs on /sys/fs/bpf:
#	sh file_opens_bpftool.sh load
#	sh file_opens_bpftool.sh attach		(until ^D)
#	sh file_opens_bpftool.sh dump
#	rm -r /sys/fs/bpf/file_opens
# file_opens.bpftool runs the same parts, and makes records of
# what `dump` prints.  The maps are dumped one after the other, so while programs run the
# dumps need not fit together.
pins=/sys/fs/bpf/file_opens
kern=${kern:-file_opens_kern}		# or file_opens-percpu_kern

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
	bpftool -j map dump pinned $pins/processes
	# With -percpu the names are in a map of their own, as all CPUs share them.
	[ ! -e $pins/names ] || bpftool -j map dump pinned $pins/names
	bpftool -j map dump pinned $pins/files ;;
esac
