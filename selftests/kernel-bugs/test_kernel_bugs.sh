#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_kernel_bugs.sh - do the reproductions in selftests/kernel-bugs/ still do what they say?
#
# Each is run in a small form.  What they show is a kernel's or an emulator's fault,
# so either outcome is right: it has to be one of those that the script names.
#
#	test_kernel_bugs.sh		in the source tree; prints KTAP.  Environment: KERNEL
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

echo "KTAP version 1"
name="preempted.sh: three hooks under two policies, each call is seen or counted as unseen"
if [[ $EUID == 0 ]]; then
	"$here/preempted.sh" host >"$tmp/out" 2>"$tmp/log"
	status=$?
	case $status in
	4) skipped "$name" "$(tail -n 1 "$tmp/log")" ;;
	*)
		awk -v status=$status '
			/^SCHED_/ { rows++; bad += $3 != $4 + $5; unseen += $5 }
			END { exit rows != 6 || bad || status != (unseen > 0) }' "$tmp/out"
		result $? "$name" "$tmp/out" "$tmp/log" ;;
	esac
else
	skipped "$name" "needs root"
fi

name="tcg_smp.sh: both kinds of threads switch a probe"
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -- true >"$tmp/out" 2>"$tmp/log"
if [[ $? == 4 ]]; then
	skipped "$name" "$(tail -n 1 "$tmp/log")"
else
	"$here/tcg_smp.sh" "${KERNEL:-6.1}" 1 180 >"$tmp/out" 2>"$tmp/log"
	# The bug is that a guest with several threads crashes or hangs, perhaps at the first switch.
	case $? in
	0) harm='no harm$' ;;
	*) harm='(no harm$|BUG: |did not end)' ;;
	esac
	grep -qE "^thread=multi: switched [01] times, $harm" "$tmp/out" &&
		grep -q '^thread=single: switched 1 times, no harm$' "$tmp/out"
	result $? "$name" "$tmp/out" "$tmp/log"
fi
echo "1..$tests"
exit $failed
