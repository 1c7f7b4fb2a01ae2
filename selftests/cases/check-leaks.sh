# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# check-leaks.sh - finds what a test has left behind.  The test sources it before it begins;
# $tmp is the test's directory.
#
# It looks for pins, processes and cgroups: a program stays loaded as long as a process or a
# pin holds it.  The mounted bpffs is the same in every mount namespace, so pins that were
# there before do not count.  A cgroup that is locked belongs to a process that lives, of
# another test that runs beside this one.
find /sys/fs/bpf/pins 2>/dev/null | sort >"$tmp/pins"

# The processes of this test are found by this variable in their environment: it is one of the
# few variables that the bpftool stage passes on.
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

# Prints what there is now, a line each.
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

# Does something stay for a minute?  That long may take a busy machine, and also a cgroup of
# another test whose guard was killed: the next start there removes it.
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
