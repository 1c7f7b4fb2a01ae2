#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# file_events_bpftool.sh - every openat(2), by the bpftool commands that a person would type.
#
# To try it, be root in .output/bin, in several terminals, with a bpffs on /sys/fs/bpf:
#	sh file_events_bpftool.sh load
#	sh file_events_bpftool.sh read		(until ^C)
#	sh file_events_bpftool.sh attach		(until ^D)
#	rm -r /sys/fs/bpf/file_events
# file_events.bpftool runs the same parts, and makes records of
# what `read` prints.  `prog loadall` loads and pins both programs, with one set of maps
# for the two.  The rings of event_pipe have 64 KiB for each CPU, whatever the size of
# the records; a hundred of these records fill one.
pins=/sys/fs/bpf/file_events
kern=${kern:-file_events_kern}

case $1 in
load)
	mkdir $pins
	# A bpftool built on libbpf >= 1.0 refuses SEC("maps"): see trace_output_bpftool.sh.
	bpftool prog loadall $kern.o $pins pinmaps $pins ||
		bpftool prog loadall $kern.btf.o $pins pinmaps $pins ;;
read)
	bpftool map event_pipe pinned $pins/events ;;
attach)
	# The pin has the name of the program's function; with a bpftool of 5.10, of its section.
	./bpf_attach tracepoint raw_syscalls/sys_enter $pins/*_enter \
		tracepoint raw_syscalls/sys_exit $pins/*_exit ;;
esac
