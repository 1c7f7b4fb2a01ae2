#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# file_opens-percpu.bpftool - the same out of per-CPU hashes, by the bpftool command
# line.
#
# `bpftool map dump` shows the values of all possible CPUs below each key, those of a
# CPU that has not seen it as well.  awk adds them up, and then puts names and
# counts together: they are in two maps, see file_opens-percpu_kern.c.  The rest is
# file_opens.bpftool.
# The trap: who counts the lines of a dump counts CPUs.
# shellcheck disable=SC2034
flavour=-percpu of_what=" per CPU" merged="4 sum first max"
dump_files() {
	dump_map files 8 sum
	must mv "$scratch/rows" "$scratch/opens"
	dump_map names
	must mv "$scratch/rows" "$scratch/names"
	# A name that has just come may have no counts yet.
	must awk '
		FNR == NR { count[substr($0, 5, 23)] = substr($0, 28); next }
		substr($0, 5, 23) in count { print substr($0, 1, 27) count[substr($0, 5, 23)] substr($0, 52) }
	' "$scratch/opens" "$scratch/names" >"$scratch/rows"
}
# shellcheck source=legacy/file_opens_bpftool.sh
. "$(dirname "$(readlink -f "$0")")/file_opens.bpftool" || exit 1
