#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# trace_output.bpftool - every write(2), by the bpftool command line.
#
# bpftool loads trace_output_kern.o, pins it, fills its maps and reads the perf
# rings; nothing is compiled for it.  A bpftool built on libbpf >= 1.0 refuses
# SEC("maps"): it then gets trace_output_kern.btf.o, which maps2btf made of the
# same object.  One built on 0.x (5.10's) takes the original.
# The trap: event_pipe writes a line to a pipe for each record, which a kprobe on
# write(2) sees; it is not observed itself, and our own lines come in bundles.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

about="Counts the write(2) calls, and shows each with -v, by the bpftool command line." rates=1
observe_init "$@"
[[ $format != table || $verbose ]] || silent=1

load trace_output
observe_events my_map write 16 pid:dec:4:4 tid:dec:0:4 cookie:hex:8:8
observe_whom
attach kprobe sys_write

observe_run

observe_end
order "note $seen events, $lost lost"
observe_exit
