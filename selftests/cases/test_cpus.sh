#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_cpus.sh - runs all families where more CPUs are possible than online: the kernel writes
# a per-CPU value for each possible CPU, and so overwrites memory if a program has only
# room for those that are online.  Numbers of CPUs may have holes, and then the kernel writes
# fewer values than the largest number says; the last ones are nobody's.
#
#	test_cpus.sh		boots a guest with one CPU of four; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)

# The two runs are tests, and the families are their subtests.
# shellcheck disable=SC2016 # expanded in the guest
exec "$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -a possible_cpus=4 -c 1 -- sh -c '
	cd /sys/devices/system/cpu
	[ "$(cat possible)" != "$(cat online)" ] || {
		echo "1..0 # SKIP CPUs $(cat possible) are possible, and all are online: this kernel ignores possible_cpus="
		exit 4
	}
	cd - >/dev/null
	families()
	{
		equiv -1 -f ktap "$@" >/tmp/out
		status=$?
		sed "s/^/    /" /tmp/out
		[ $status = 0 ] || { failed=1; echo -n "not "; }
	}
	failed=0
	echo "KTAP version 1"
	echo "1..2"
	families
	echo "ok 1 - CPUs $(cat /sys/devices/system/cpu/possible) are possible"
	# The kernel still writes four values.
	echo 0,2-4 >/tmp/possible
	mount --bind /tmp/possible /sys/devices/system/cpu/possible || exit
	families file_opens
	echo "ok 2 - CPUs $(cat /sys/devices/system/cpu/possible) are possible"
	exit $failed'
