#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# write_count.bpftool - writes of each process, by the bpftool command line.
#
# bpftool loads and pins the program, and `map dump` shows the whole hash, at two
# system calls for each entry.  The trap: it prints bytes, or with BTF what it
# takes them for; a script that wants numbers puts them together itself.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

# The comm is for a person: see samples/write_count.h.
show_counts() {
	local comm=

	[[ $format == records ]] || comm=comm:str:28:16
	# shellcheck disable=SC2086
	show_map counts process 44 calls:dec:4:8 bytes:bytes:12:8 pid:dec:0:4 $comm
	read -r seen _ <<<"$(add_up)"
}

about="Counts the write(2) calls and bytes of each process, by the bpftool command line."
page=show_counts
observe_init "$@"
load write_count
observe_counts
observe_whom
attach tracepoint syscalls/sys_exit_write

observe_run

observe_end
show_counts
observe_exit
