#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# file_events.bpftool - every openat(2), by the bpftool command line.
#
# `prog loadall` loads and pins both programs of file_events_kern.o (or of what
# maps2btf made of it, see execmon.bpftool), with one set of maps for the two.
# The trap: event_pipe's rings are 64 KiB for each CPU, whatever the records;
# these are large, so a hundred of them fill one.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

about="Reports every openat(2), by the bpftool command line." eager=1
counters=(sent lost unpaired unkept error)
observe_init "$@"

load file_events loadall
observe_events events open 548 \
	pid:dec:0:4 tid:dec:4:4 uid:dec:8:4 comm:str:20:16 flags:hex:12:4 \
	result:int:16:4 file:str:36:512
observe_whom
attach tracepoint raw_syscalls/sys_enter openat_enter \
	tracepoint raw_syscalls/sys_exit openat_exit

observe_run

observe_end
observe_exit
