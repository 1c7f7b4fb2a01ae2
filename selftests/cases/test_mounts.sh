#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_mounts.sh - do the tests pass whether bpffs, tracefs and debugfs are mounted or not?
#
# A system that has just been installed may have none of them, systemd mounts all.  So
# the families, and the tests that name one of the directories, are run in a mount
# namespace of each kind.  The kind that this machine has is left out, since all other
# tests run with it.  `mounts.sh none make check` runs all tests.
#
#	test_mounts.sh		in the source tree, built, as root; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

[[ $EUID == 0 ]] || { echo "test_mounts.sh: needs root to mount" >&2; exit 4; }
"$here/mounts.sh" none true 2>"$tmp/log" || { cat "$tmp/log" >&2; exit 4; }

# Prints which of the three types are mounted.
mounted() {
	"$@" awk '{ sub(/.* - /, "") } $1 ~ /^(bpf|tracefs|debugfs)$/ { print $1 }' \
		/proc/self/mountinfo | sort -u | tr '\n' ' '
}
commands=("$bin/equiv -1 -f ktap")
for test in $("$here/../check.py" -l | grep '^/[^ ]*$'); do
	# Neither this test, nor those in guests, which have mounts of their own.
	[[ $test == */test_mounts.sh ]] || grep -q '/vm[.]sh' "$test" ||
		! grep -qE '/sys/(fs/bpf|kernel/(tracing|debug))' "$test" || commands+=("$test")
done

echo "KTAP version 1"
all="bpf debugfs tracefs "
here_mounted=$(mounted env)
for kind in none all; do
	[[ $kind == none ]] && wanted='' || wanted=$all
	[[ $(mounted "$here/mounts.sh" $kind) == "$wanted" ]]
	result $? "mounts.sh $kind: ${wanted:-nothing }is mounted"
	[[ $here_mounted != "$wanted" ]] || continue
	LOGS=$tmp/logs JOBS=1 "$here/mounts.sh" $kind "$here/../check.py" "${commands[@]}" >"$tmp/log" 2>&1
	result $? "with ${wanted:-none of them }mounted: $(tail -n 1 "$tmp/log")"
	sed 's/^/# /' "$tmp/log"
done
[[ $(mounted env) == "$here_mounted" ]]
result $? "this machine's own mounts are as they were"
echo "1..$tests"
exit $failed
