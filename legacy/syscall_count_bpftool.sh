#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# syscall_count.bpftool - system calls by number, by the bpftool command line.
#
# A map is read by `bpftool map dump`, which does what a C program does, a
# bpf(2) for each key and each value, and prints bytes.  What they mean is said
# here, in awk.  The object is syscall_count_kern.o, or what maps2btf made of
# it (see execmon.bpftool).
# The trap: a dump is no snapshot, and live this counts bpftool's own calls.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

# syscall_count-percpu.bpftool is this, with another object.
about="Counts system calls, in ${maps_are:=shared} arrays, by the bpftool command line."
minmax=
[[ $maps_are == shared ]] || minmax=1

# Reads "name NR NAME" and what show_counts makes of the maps; see samples/syscall_count.h.
# shellcheck disable=SC2016
reporter='
BEGIN {
	split("enters exits measured total min avg max name", column, " ")
}

# The complement of number(): it would not be exact if that were subtracted, as awk
# counts in floating point.
function complement(at, len,    i, n)
{
	n = 0
	for (i = at + len + 1; i > at + 1; i--)
		n = n * 256 + 255 - byte[$i]
	return n
}

$1 == "name" { name[$2] = $3; next }
/^[a-z]+ .. .. .. ..( 00)+$/ { next }	# most have never been called
{ slot = number(0, 4) }
$1 == "enters" { enters[slot] += number(4, 8); next }
{
	exits[slot] += number(4, 8)
	measured[slot] += number(12, 8)
	total[slot] += number(20, 8)
	if (max[slot] < number(28, 8))
		max[slot] = number(28, 8)
	if (!(slot in min) || min[slot] > complement(36, 8))
		min[slot] = complement(36, 8)
}

function before(a, b)
{
	return enters[a] != enters[b] ? enters[a] > enters[b] : name[a] < name[b]
}

# What the columns have, in text[].
function row(slot,    c, n)
{
	n = measured[slot]
	text[1] = sprintf("%.0f", enters[slot])
	text[2] = sprintf("%.0f", exits[slot])
	text[3] = sprintf("%.0f", n)
	text[4] = sprintf("%.0f", total[slot])
	text[5] = sprintf("%.0f", n ? min[slot] : 0)
	text[6] = sprintf("%.0f", n ? int(total[slot] / n) : 0)
	text[7] = sprintf("%.0f", max[slot])
	text[8] = name[slot]
	for (c = 4; format == "table" && c < 8; c++)
		text[c] = duration(text[c] + 0)
}

function shown(c) { return format == "records" ? c < 4 || c == 8 : minmax || (c != 5 && c != 7) }

# A line of text[].
function line(    c, s)
{
	for (c = 1; c <= 8; c++) {
		if (!shown(c))
			continue
		if (format == "records")
			s = s " " column[c] "=" text[c]
		else if (format == "json")
			s = s ",\"" column[c] (c > 3 && c < 8 ? "_ns" : "") "\":" \
				(c < 8 ? text[c] : "\"" text[c] "\"")
		else
			s = s (c < 8 ? sprintf("%" width[c] "s  ", text[c]) : text[c])
	}
	return format == "json" ? "{\"kind\":\"syscall\"" s "}" : format == "table" ? s : "syscall" s
}

# Only once nothing is counted any more: the maps are read one after the other.
function check(slot)
{
	if (measured[slot] > enters[slot] || measured[slot] > exits[slot] || \
	    (minmax && measured[slot] && (measured[slot] * min[slot] > total[slot] || \
	     total[slot] > measured[slot] * max[slot]))) {
		print variant ": " name[slot] ": what was counted cannot be true" >"/dev/stderr"
		bad = 1
	}
}

END {
	name[512] = "other"
	for (slot = 0; slot <= 512; slot++) {
		if (when == "end")
			check(slot)
		if (!enters[slot] && !exits[slot])
			continue
		if (format == "records" && (name[slot] == "sendto" || name[slot] == "recvfrom"))
			continue
		all_enters += enters[slot]
		all_exits += exits[slot]
		all_measured += measured[slot]
		all_total += total[slot]
		for (i = ++rows; i > 1 && before(slot, order[i - 1]); i--)
			order[i] = order[i - 1]
		order[i] = slot
	}
	some = format == "table" && top && top < rows ? top : rows
	if (format == "table") {
		for (i = 1; i <= some; i++) {
			row(order[i])
			for (c = 1; c < 8; c++)
				if (width[c] < length(text[c]))
					width[c] = length(text[c])
		}
		for (c = 1; c <= 8; c++) {
			text[c] = toupper(column[c])
			if (width[c] < length(text[c]))
				width[c] = length(text[c])
		}
		print (last == "" ? "" : "\n") line()
	}
	for (i = 1; i <= some; i++) {
		row(order[i])
		print line()
	}
	if (some < rows)
		print "... and " rows - some " more (-n 0 shows all)"
	totals = sprintf("enters %.0f exits %.0f measured %.0f", all_enters, all_exits, all_measured)
	# Live, what is read at two times has no difference.
	if (when == "end")
		totals = totals sprintf(" unpaired_enters %.0f unpaired_exits %.0f", \
			all_enters - all_measured, all_exits - all_measured)
	print totals >(scratch "/totals")
	if (when == "live" && format == "table")
		printf "%.0f calls/s, %.0f calls in all\n", int((all_enters - last) / interval), all_enters
	if (when == "end") {
		n = split(totals, word)
		if (format == "table")
			printf "%8s  %8s  %8s  %s  %s\n%8s  %8s  %8s  %15s  %14s\n", \
				"ENTERS", "EXITS", "MEASURED", "UNPAIRED_ENTERS", "UNPAIRED_EXITS", \
				word[2], word[4], word[6], word[8], word[10]
		for (i = 1; format == "records" && i < n; i += 2)
			printf "%s%s=%s%s", i == 1 ? "total " : " ", word[i], word[i + 1], \
				i + 1 == n ? "\n" : ""
		if (all_measured && !all_total) {
			print variant ": " all_measured " calls cannot have taken no time" >"/dev/stderr"
			bad = 1
		}
		exit bad
	}
}'

last=
# What a person reads goes the way that the time above it goes.
show_counts() {
	# A line each: map, key, value in bytes; of a per-CPU map a line for each CPU.
	dump_map enters
	must sed 's/^row/enters/' $scratch/rows >$scratch/enters
	dump_map latency
	must sed 's/^row/latency/' $scratch/rows >$scratch/latency
	child awk -v variant="$name" -v format="$format" -v top="$top" -v minmax="$minmax" -v when="${1:-live}" \
		-v last="$last" -v interval="$interval" -v scratch="$scratch" \
		"$numbers$reporter" $scratch/{names,enters,latency} >$scratch/report || {
		not_killed awk $?
		failed=1
	}
	if [[ $format == records ]]; then
		show_file $scratch/report
		return
	fi
	must sed "s/^/${format/table/note} /" $scratch/report >$scratch/rows
	order_file $scratch/rows
	read -ra totals <$scratch/totals
	last=${totals[1]}
	end_page "${totals[@]}"
}

page=show_counts counters=(lost error)
observe_init "$@"
[[ -x $beside/syscall_names ]] || die "cannot run $beside/syscall_names: build it with make"
must "$beside/syscall_names" 512 >$scratch/numbers
must sed 's/^/name /' $scratch/numbers >$scratch/names
load "syscall_count${flavour=}" loadall
observe_counts
observe_whom
attach tracepoint raw_syscalls/sys_enter sys_enter tracepoint raw_syscalls/sys_exit sys_exit

observe_run

observe_end
show_counts end
observe_exit
