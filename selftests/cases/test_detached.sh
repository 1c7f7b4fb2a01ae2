#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_detached.sh - does observe_detached() wait for programs that still run?  See
# test_detached.c.  It runs on this kernel; on one with nohz_full, where membarrier(2), which would
# be enough elsewhere, fails with EINVAL; and on one before 5.11, which charges maps to
# RLIMIT_MEMLOCK.
#
#	OUT=DIR test_detached.sh	a built tree; prints KTAP
#
# Environment: KERNEL (6.1), of the guest.

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

# one NAME COMMAND...: runs one test; if it skips, its last line is the reason.
one()
{
	local name=$1 status

	"${@:2}" >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [[ $status == 4 ]]; then
		skipped "$name" "$(tail -n 1 "$tmp/err")"
	elif grep -q '# SKIP' "$tmp/out"; then
		skipped "$name" "$(sed -n 's/.*# SKIP //p' "$tmp/out")"
	else
		result $status "$name" "$tmp/out" "$tmp/err"
	fi
}

echo "KTAP version 1"
one "on this kernel" "$bin/test_detached"
# shellcheck disable=SC2016 # expanded in the guest
one "in a guest with nohz_full" \
	"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -a nohz_full=1 -d "$bin" -- sh -c '
	[ "$(cat /sys/devices/system/cpu/nohz_full)" = 1 ] || {
		echo "this kernel ignores nohz_full=" >&2
		exit 4
	}
	exec ./test_detached 200'
one "in a guest that charges maps to RLIMIT_MEMLOCK" \
	"$here/../guest/vm.sh" -k 5.10 -c 2 -d "$bin" -- test_detached 200
echo "1..$tests"
exit $failed
