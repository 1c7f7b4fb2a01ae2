#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# file_events_bpftool.sh - every openat(2), by the bpftool command line: what a person types.
#
# As root in .output/bin, part by part: `load`, `read &`, `attach`, and at last `rm -r $pins`.
# file_events.bpftool does so, too, and makes records of what `read` prints.
# `prog loadall` loads and pins both programs, with one set of maps for the two.  The trap:
# event_pipe's rings are 64 KiB for each CPU, whatever the records; these are large, so a
# hundred of them fill one.
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
	# A program is pinned as its function is called, or by a bpftool of 5.10 as its section.
	./bpf_attach tracepoint raw_syscalls/sys_enter $pins/*_enter \
		tracepoint raw_syscalls/sys_exit $pins/*_exit ;;
esac
