# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# left.sh - what a test has left behind, for the test, which sources it before it
# begins.  $tmp is its directory.
#
# Pins, processes and cgroups of ours: a program stays loaded as long as there is one
# of the first two.  The bpffs that is mounted is the same in every mount namespace,
# and no test has anything in there.  A cgroup that is locked belongs to somebody who
# lives: it is of another test, which runs beside this.
find /sys/fs/bpf 2>/dev/null | sort >"$tmp/pins"

# The paths of all cgroup2 mounts, a line each.  In mountinfo spaces and a few other
# characters stand in octal, as \040, which is what printf takes.
cgroup2_mounts() {
	awk '/ - cgroup2 / { gsub(/%/, "%%", $5); print $5 "\\n" }' /proc/self/mountinfo |
		while IFS= read -r at; do
			# shellcheck disable=SC2059
			printf "$at"
		done
}

# find_left FILE PATTERN: of processes those whose cmdline or environ has a word like that.
find_left() {
	find /sys/fs/bpf 2>/dev/null | sort | comm -13 "$tmp/pins" -
	grep -alsz -e "$2" /proc/[0-9]*/"$1" | while read -r at; do
		at=${at%/*}
		echo "${at#/proc/}: $(tr '\0' ' ' 2>/dev/null <"$at/cmdline")"
	done
	cgroup2_mounts | while IFS= read -r mount; do
		for at in "$mount"/bpf_evolution.*.lock-*; do
			flock -n "$at" true 2>/dev/null && echo "$at"
		done
	done
}

# left FILE PATTERN: is there any, 5 seconds later?
left() {
	for _ in $(seq 50); do
		[ -n "$(find_left "$@")" ] || return 1
		sleep 0.1
	done
	find_left "$@"
}
