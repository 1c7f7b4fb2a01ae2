#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_cpus.sh - more CPUs are possible than online: a per-CPU value has room for all
# of them, and who makes room for those online only has memory overwritten.
#
#	test_cpus.sh		boots a guest with one CPU of four; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck disable=SC2016 # expanded in the guest
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -a possible_cpus=4 -c 1 -- sh -c '
	cd /sys/devices/system/cpu
	[ "$(cat possible)" != "$(cat online)" ] || {
		echo "1..0 # SKIP CPUs $(cat possible) are possible, and online: this kernel takes no possible_cpus="
		exit 4
	}
	cd - >/dev/null
	exec equiv -f ktap'
