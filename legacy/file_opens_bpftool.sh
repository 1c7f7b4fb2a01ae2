#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# file_opens.bpftool - opens by process and by name, by the bpftool command line.
#
# `map dump` walks a hash as a C program does, at two system calls for an entry,
# and prints bytes; where in them what is, is said here.  Both programs of
# file_opens_kern.o share its maps (see file_events.bpftool).
# The trap: two dumps are made at two times; live they need not fit together.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

# The names and their counts, in $scratch/rows; file_opens-percpu.bpftool is this
# with another object, and two maps for them.
[[ $(declare -F dump_files) ]] || dump_files() { dump_map files; }

# At the end, when nothing changes any more: opens at 4 of a row, their first and last
# time at 12 and 20.
check_times() {
	# shellcheck disable=SC2016
	child awk -v since="$since" -v now="$now" "$numbers"'
		{ first = number(12, 8); last = number(20, 8) }
		first < since || last < first || last > now || (number(4, 8) == 1 && last != first) { n++ }
		END { if (n) { print n; exit 1 } }' $scratch/rows >$scratch/out || {
		not_killed awk $?
		fail "the first and the last open of $(<$scratch/out) processes cannot have been then"
	}
}

# What is for a person, and what is not: see samples/file_opens.h.
show_opens() {
	local ages=() processes collisions

	[[ $format == records ]] || ages=(first_ago:ago:12:8 last_ago:ago:20:8)
	tell_time
	show_map processes process 44 opens:dec:4:8 pid:dec:0:4 "${ages[@]}" comm:str:28:16
	add_up
	read -r seen _ <$scratch/sums
	count_lines $scratch/rows
	processes=$lines
	[[ ! ${since-} ]] || check_times
	order show
	dump_files
	order table file 280 opens:dec:8:8 name:str:24:256
	order_file $scratch/rows
	order show
	# shellcheck disable=SC2016
	must awk "$numbers"'{ n += number(16, 8) } END { print n + 0 }' $scratch/rows >$scratch/collisions
	read -r collisions <$scratch/collisions
	((collisions == 0)) ||
		order "note $collisions times two names had the same hash, and were told apart"
	count_lines $scratch/rows
	end_page processes "$processes" files "$lines" opens "$seen" \
		collisions "$collisions"
}

about="Counts openat(2) by process and by name${of_what=}, by the bpftool command line."
page=show_opens counters=(sent unprocessed unnamed unpaired unkept
	process_error name_error error)
observe_init "$@"
read -ra per_cpu <<<"${merged=}"
load "file_opens${flavour=}" loadall
observe_counts
observe_whom
read_time
first=$now
attach tracepoint raw_syscalls/sys_enter openat_enter \
	tracepoint raw_syscalls/sys_exit openat_exit

observe_run

observe_end
since=$first show_opens
observe_exit
