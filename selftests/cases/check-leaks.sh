# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# check-leaks.sh - what a test has left behind, for the test, which sources it before it
# begins.  $tmp is its directory.
#
# Pins, processes and cgroups of ours: a program stays loaded as long as there is one
# of the first two.  The bpffs that is mounted is the same in every mount namespace, so
# what others have in there does not count.  A cgroup that is locked belongs to somebody
# who lives: it is of another test, which runs beside this.
find /sys/fs/bpf/pins 2>/dev/null | sort >"$tmp/pins"

# What is started with this in its environment is of this test, with all of its
# processes: it is one of the few variables that the bpftool stage hands on.
mark="LD_LIBRARY_PATH=$tmp"

# The paths of all cgroup2 mounts, a line each.  In mountinfo spaces and a few other
# characters stand in octal, as \040, which is what printf takes.
cgroup2_mounts() {
	awk '/ - cgroup2 / { gsub(/%/, "%%", $5); print $5 "\\n" }' /proc/self/mountinfo |
		while IFS= read -r at; do
			# shellcheck disable=SC2059
			printf "$at"
		done
}

# What there is now, a line each.
find_left() {
	find /sys/fs/bpf/pins 2>/dev/null | sort | comm -13 "$tmp/pins" -
	LD_LIBRARY_PATH='' grep -alsxzF -e "$mark" /proc/[0-9]*/environ | while read -r at; do
		at=${at%/*}
		echo "${at#/proc/}: $(tr '\0' ' ' 2>/dev/null <"$at/cmdline")"
	done
	cgroup2_mounts | while IFS= read -r mount; do
		for at in "$mount"/bpf_evolution.*.lock-*; do
			flock -n "$at" true 2>/dev/null && echo "$at"
		done
	done
}

# Is something left that stays?  A minute is for a busy machine, and for the cgroups of
# others whose guard was killed, too: their next start removes those.
left() {
	find_left | sort >"$tmp/still"
	for _ in $(seq 600); do
		[ -s "$tmp/still" ] || return 1
		sleep 0.1
		find_left | sort | comm -12 "$tmp/still" - >"$tmp/stays"
		mv "$tmp/stays" "$tmp/still"
	done
	cat "$tmp/still"
}
