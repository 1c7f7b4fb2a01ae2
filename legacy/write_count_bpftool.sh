#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# write_count.bpftool - writes of each process, by the bpftool command line.
#
# bpftool loads and pins the program, and `map dump` shows the whole hash, at two
# system calls for each entry.  The trap: it prints bytes, or with BTF what it
# takes them for; a script that wants numbers puts them together itself.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

# What is for a person, and what is not: see samples/write_count_report.c.
show_counts() {
	local bytes fields='calls:dec:4:8 bytes:bytes:12:8' most=${largest:+largest:bytes:20:8}

	if [[ $format == records ]]; then
		fields+=" pid:dec:0:4 ${WRITE_COUNT_LARGEST:+$most}"
	else
		fields+=" $most pid:dec:0:4 comm:str:28:16"
	fi
	# shellcheck disable=SC2086
	show_map counts process 44 $fields
	add_up
	read -r seen bytes _ <$scratch/sums
	order show
	count_lines $scratch/rows
	end_page processes "$lines" calls "$seen" bytes "$bytes"
}

# write_count-cas.bpftool and -percpu.bpftool are this, with another object.
about="Counts the write(2) calls and bytes of each process${of_what=}, by the bpftool command line."
page=show_counts
observe_init "$@"
read -ra per_cpu <<<"${merged=}"
load "write_count${flavour=}"
observe_counts
observe_whom
attach tracepoint raw_syscalls/sys_exit

observe_run

observe_end
show_counts
observe_exit
