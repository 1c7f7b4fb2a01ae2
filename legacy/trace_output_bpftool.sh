#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# trace_output_bpftool.sh - a record for every write(2), by the bpftool commands that a person
# would type.
#
# To try it, be root in .output/bin, in several terminals, with a bpffs on /sys/fs/bpf:
#	sh trace_output_bpftool.sh load
#	sh trace_output_bpftool.sh read		(until ^C)
#	sh trace_output_bpftool.sh attach		(until ^D)
#	rm -r /sys/fs/bpf/trace_output
# trace_output.bpftool runs the same parts, and makes records of what `read` prints.
# A bpftool built on libbpf >= 1.0 refuses SEC("maps"), and then loads the object that
# maps2btf has converted.  bpftool up to v7.1 (that of Linux 6.1) attaches no program,
# and a later one would look for the function sys_write, which has another name now; so
# bpf_attach does that, by perf_event_open(2).  trace_output.bpftool also sets the filter
# by `bpftool map update`, and reads the counters by `bpftool map lookup`.
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
