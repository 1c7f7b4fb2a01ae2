#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# trace_output_bpftool.sh - every write(2), by the bpftool command line: what a person types.
#
# As root in .output/bin, part by part: `load`, `read &`, `attach`, and at last `rm -r $pins`.
# trace_output.bpftool does so, too, and makes records of what `read` prints.
# A bpftool built on libbpf >= 1.0 refuses SEC("maps"), and takes what maps2btf made of the
# same object.  The trap: event_pipe writes a line for each record, which a kprobe on
# write(2) sees; typed in, it shows itself for ever.
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
