#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# trace_output_bpftool.sh - a record for every write(2), by the bpftool commands that a person
# would type.
#
# To try it, be root in .output/bin and run its parts: `load`, `read &`, `attach`, and at
# the end `rm -r $pins`.  trace_output.bpftool runs the same parts, and makes records of
# what `read` prints.  A bpftool built on libbpf >= 1.0 refuses SEC("maps"), and then
# loads the object that maps2btf has converted.
# event_pipe prints a line for each record, which is again a write(2) that the kprobe
# sees.  Nothing is filtered out here, so it reports its own output without end.
pins=/sys/fs/bpf/trace_output
kern=${kern:-trace_output_kern}

case $1 in
load)
	mkdir $pins
	bpftool prog load $kern.o $pins/prog pinmaps $pins ||
		bpftool prog load $kern.btf.o $pins/prog pinmaps $pins ;;
read)
	bpftool map event_pipe pinned $pins/my_map ;;
attach)
	./bpf_attach kprobe sys_write $pins/prog ;;
esac
