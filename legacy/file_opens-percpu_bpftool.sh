#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# file_opens-percpu.bpftool - the same out of per-CPU hashes, by the bpftool command
# line.
#
# `bpftool map dump` shows the values of all possible CPUs below each key, those of a
# CPU that has not seen it as well.  awk adds them up, and then puts names and
# counts together: they are in two maps, see file_opens-percpu_kern.c.
# The trap: who counts the lines of a dump counts CPUs.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

# What is for a person, and what is not: see samples/file_opens.h.
show_opens() {
	local ages=() collisions=()

	if [[ $format != records ]]; then
		ages=(first_ago:ago:12:8 last_ago:ago:20:8)
		collisions=(collisions:dec:16:8)
	fi
	tell_time
	per_cpu=(4 sum first max)
	show_map processes process 44 opens:dec:4:8 pid:dec:0:4 "${ages[@]}" comm:str:28:16
	read -r seen _ <<<"$(add_up)"
	echo show >&"$events"

	dump_map files 8 sum
	mv $scratch/rows $scratch/opens
	dump_map names
	echo table file 280 opens:dec:8:8 "${collisions[@]}" name:str:24:256 >&"$events"
	awk -v opens=$scratch/opens '
		BEGIN { while ((getline line <opens) > 0) count[substr(line, 5, 23)] = substr(line, 28) }
		# A name that has just come may have no counts yet.
		substr($0, 5, 23) in count { print substr($0, 1, 27) count[substr($0, 5, 23)] substr($0, 52) }
	' $scratch/rows >&"$events"
}

about="Counts openat(2) by process and by name per CPU, by the bpftool command line."
page=show_opens
observe_init "$@"
load file_opens-percpu loadall
observe_counts
observe_whom
attach tracepoint raw_syscalls/sys_enter openat_enter \
	tracepoint raw_syscalls/sys_exit openat_exit

observe_run

observe_end
show_opens
observe_exit
