#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_cpus.sh - runs all families where more CPUs are possible than online: the kernel writes
# a per-CPU value for each possible CPU, and so overwrites memory if a program has only
# room for those that are online.
#
#	test_cpus.sh		boots a guest with one CPU of four; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck disable=SC2016 # expanded in the guest
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -a possible_cpus=4 -c 1 -- sh -c '
	cd /sys/devices/system/cpu
	[ "$(cat possible)" != "$(cat online)" ] || {
		echo "1..0 # SKIP CPUs $(cat possible) are possible, and all are online: this kernel ignores possible_cpus="
		exit 4
	}
	cd - >/dev/null
	exec equiv -f ktap'
