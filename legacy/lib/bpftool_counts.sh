# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bpftool_counts.sh - bpftool.sh for families that count in maps and send no
# records: nothing is read until the end, or until a live report.  An object
# may hold several programs here.  It replaces what bpftool.sh says about both.
#
# Used as `. ".../bpftool_counts.sh"`; the variant then gives a function
# `show_counts WHEN`, with WHEN live or end, that prints what is in the maps, and
#
#	observe_init "$@"; load_all STEM; observe_whom
#	attach_prog PROG tracepoint EVENT; ...; counts_run; detach_all
#	counts_exit

# shellcheck source=legacy/lib/bpftool.sh
. "$(dirname "$(readlink -f "$0")")/bpftool.sh"

progs=$pins/progs
attached=()
pipe_pid=$$	# whom bpftool.sh takes for the observer

# Loads STEM_kern.o: its programs below $progs, its maps below $maps.
load_all() {
	local object

	for object in "$beside/$1_kern.o" "$beside/$1_kern.btf.o"; do
		[[ -r $object ]] || die "cannot read $object: build it with make"
		if "$bpftool" prog loadall "$object" $progs pinmaps $maps >"$scratch/out" 2>"$scratch/err"; then
			[[ ! $verbose ]] || say "loaded ${object##*/}"
			return
		fi
		[[ ! $verbose ]] || cat "$scratch/err" >&2
		rm -rf $progs $maps
	done
	[[ $verbose ]] || cat "$scratch/err" >&2
	die "cannot load ${object##*/}: $(reason)"
}

# Attaches a program: `attach_prog PROG tracepoint|kprobe EVENT`.  Its pin is called
# like the function or, by a bpftool of 0.x, like the section.
attach_prog() {
	local pin=$progs/$1 word=''

	[[ -x $beside/bpf_attach ]] || die "cannot run $beside/bpf_attach: build it with make"
	[[ -e $pin ]] || pin=$progs/$2_${3//\//_}
	[[ -e $scratch/hold_attached ]] || mkfifo "$scratch/hold_attached"
	helper "$beside/bpf_attach" "$2" "$3" "$pin" 0<>"$scratch/hold_attached" \
		1>&"$replies" 2>"$scratch/err" &
	attached+=($!)
	until read -rt 0.01 -u "$replies" word; do
		kill -0 $! 2>/dev/null && continue
		wait $!
		[[ $? == 4 ]] && skip "$(reason)"
		word=$(reason)
		die "cannot attach to $3: ${word#bpf_attach: }"
	done
}

# All at once: each of them waits for a grace period.
detach_all() {
	kill "${attached[@]}"
	{ wait "${attached[@]}"; } 2>/dev/null
}

# All that a per-CPU `stats` holds is a loss of some kind.
read_stats() {
	local prog

	run_bpftool -j map lookup pinned $maps/stats key 0 0 0 0
	lost=$(awk "$entries" "$scratch/out" | awk '
		BEGIN { for (i = 0; i < 256; i++) byte[sprintf("%02x", i)] = i }
		{ for (at = 6; at + 7 <= NF; at += 8) {
			n = 0
			for (i = at + 7; i >= at; i--)
				n = n * 256 + byte[$i]
			lost += n
		} }
		END { printf "%.0f\n", lost }')
	missed=0
	for prog in "$progs"/*; do
		run_bpftool -j prog show pinned "$prog"
		[[ $(<"$scratch/out") =~ \"recursion_misses\":([0-9]+) ]] &&
			missed=$((missed + BASH_REMATCH[1]))
	done
}

read_all() { read_stats; }

# The entries of MAP in $scratch/MAP, a line each: MAP, key, value in bytes; of a
# per-CPU map a line for each CPU.
dump_map() {
	run_bpftool -j map dump pinned "$maps/$1"
	awk "$entries" "$scratch/out" | sed "s/^row/$1/" >"$scratch/$1"
}

# Everything is attached: until the runner, COMMAND or ^C ends it.
counts_run() {
	if [[ $control || $command_pid ]]; then
		observe_run
		return
	fi
	[[ $format != table ]] || echo "Observing everybody; ^C ends."
	while [[ ! $ended ]]; do
		pause "$interval"
		[[ $ended ]] && break
		if [[ $format == table ]]; then
			if [[ -t 1 ]]; then printf '\033[H\033[J'; else echo; fi
			date +%T
		fi
		show_counts live || die "cannot write to stdout"
	done
}

# Shows the last of it, and ends with what was lost and the status that goes with it.
counts_exit() {
	show_counts end || failed=1
	read_stats
	((missed == 0)) ||
		say "the kernel skipped $missed runs of the programs, of any task (recursion_misses)"
	((lost == 0)) || die "lost $lost records: a map was full"
	[[ ! $failed ]] || exit 1
	exit 0
}
