#!/bin/bash
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

function row(slot,    c, v, line)
{
	v["enters"] = enters[slot]
	v["exits"] = exits[slot]
	v["measured"] = measured[slot]
	v["total"] = total[slot]
	v["min"] = measured[slot] ? min[slot] : 0
	v["avg"] = measured[slot] ? int(total[slot] / measured[slot]) : 0
	v["max"] = max[slot]
	v["name"] = name[slot]
	for (c = 1; c <= 8; c++) {
		if (!minmax && (c == 5 || c == 7))
			continue
		if (format == "records" && (c < 4 || c == 8))
			line = line " " column[c] "=" (c < 4 ? sprintf("%.0f", v[column[c]]) : v["name"])
		else if (format == "json")
			line = line ",\"" column[c] "\":" \
				(c < 8 ? sprintf("%.0f", v[column[c]]) : "\"" v["name"] "\"")
		else if (format == "table")
			line = line (c == 8 ? v["name"] : sprintf("%8s  ", \
				c < 4 ? v[column[c]] : duration(v[column[c]])))
	}
	print format == "json" ? "{\"kind\":\"syscall\"" line "}" : \
		format == "table" ? line : "syscall" line
}

# Only once nothing is counted any more: the maps are read one after the other.
function check(slot)
{
	if (measured[slot] > enters[slot] || measured[slot] > exits[slot] || \
	    (minmax && measured[slot] && (measured[slot] * min[slot] > total[slot] || \
	     total[slot] > measured[slot] * max[slot]))) {
		print ENVIRON["name"] ": " name[slot] ": what was counted cannot be true" >"/dev/stderr"
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
		for (i = ++rows; i > 1 && before(slot, order[i - 1]); i--)
			order[i] = order[i - 1]
		order[i] = slot
	}
	if (format == "table") {
		line = ""
		for (c = 1; c <= 8; c++)
			if (minmax || (c != 5 && c != 7))
				line = line (c == 8 ? "NAME" : sprintf("%8s  ", toupper(column[c])))
		print line
	}
	for (i = 1; i <= rows && (format != "table" || !top || i <= top); i++)
		row(order[i])
	if (i <= rows)
		print "... and " rows - i + 1 " more (-n 0 shows all)"
	if (when == "live") {
		if (format == "table")
			printf "%.0f calls in all\n", all_enters
	} else {
		how = format == "json" ? "{\"kind\":\"total\",\"enters\":%.0f,\"exits\":%.0f,\"measured\":%.0f,\"unpaired_enters\":%.0f,\"unpaired_exits\":%.0f}\n" : \
			format == "table" ? "total: %.0f enters, %.0f exits, %.0f measured; %.0f enters and %.0f exits are unpaired\n" : \
			"total enters=%.0f exits=%.0f measured=%.0f unpaired_enters=%.0f unpaired_exits=%.0f\n"
		printf how, all_enters, all_exits, all_measured, all_enters - all_measured, \
			all_exits - all_measured
		exit bad
	}
}'


# What a person reads goes the way that the time above it goes.
show_counts() {
	# A line each: map, key, value in bytes; of a per-CPU map a line for each CPU.
	dump_map enters
	sed 's/^row/enters/' $scratch/rows >$scratch/enters
	dump_map latency
	sed 's/^row/latency/' $scratch/rows >$scratch/latency
	name=$name awk -v format="$format" -v top="$top" -v minmax="$minmax" -v when="${1:-live}" \
		"$numbers$reporter" $scratch/{names,enters,latency} >$scratch/report || failed=1
	if [[ $format == table ]]; then
		sed 's/^/note /' $scratch/report >&"$events"
	else
		cat $scratch/report || die "cannot write to stdout"
	fi
}

page=show_counts counters=(lost)
observe_init "$@"
"$beside/syscall_names" 512 | sed 's/^/name /' >$scratch/names
[[ -s $scratch/names ]] || die "cannot run $beside/syscall_names: build it with make"
load "syscall_count${flavour=}" loadall
observe_counts
observe_whom
attach tracepoint raw_syscalls/sys_enter sys_enter tracepoint raw_syscalls/sys_exit sys_exit

observe_run

observe_end
show_counts end
observe_exit
