#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_permission.sh - checks what a variant and the runner say if a guest's kernel forbids
# BPF: one that charges maps to RLIMIT_MEMLOCK (5.10), and one that is locked down
# (test_refusals.sh has what this machine's own kernel can forbid).
# Environment: OUT.
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

# Prints for each variant its status, and the last line on stderr.
# shellcheck disable=SC2016 # expanded in the guest
try='for file in execmon[.-]* trace_output[.-]* map_crud[.-]*; do
		case $file in *.workload | *.o) continue ;; esac
		what="-f records -- true"
		case $file in map_crud*) what="-f records" ;; esac
		$run ./$file $what >/tmp/out 2>/tmp/err </dev/null
		echo "$? $(tail -n 1 /tmp/err)"
	done
	$run ./equiv -f ktap execmon >/tmp/out 2>&1
	echo "$? equiv: $(tail -n 1 /tmp/out)"'

# forbidden NAME WORDS KERNEL KARGS SETUP: does each of them end with status 4 and WORDS?
forbidden() {
	"$here/../guest/vm.sh" -k "$3" ${4:+-a "$4"} -- sh -c "$5 $try" >"$tmp/out" 2>"$tmp/err"
	[ $? != 4 ] || { skipped "$1" "$(tail -n 1 "$tmp/err")"; return; }
	# map_crud loads no program, and so it runs in a kernel that is locked down.
	[ -z "$4" ] || sed -i '/^0 $/d' "$tmp/out"
	[ "$(grep -c "^4 [^ ]*: .*$2" "$tmp/out")" -ge 10 ] && ! grep -qv "^4 [^ ]*: .*$2" "$tmp/out"
	result $? "$1" "$tmp/out" "$tmp/err"
}

echo "KTAP version 1"
forbidden "RLIMIT_MEMLOCK that cannot be raised" "RLIMIT_MEMLOCK is too low" 5.10 "" \
	'ulimit -l 64; run="setpriv --bounding-set=-sys_resource";'
forbidden "lockdown=confidentiality" "the kernel is locked down" 6.1 \
	"lockdown=confidentiality lsm=lockdown,capability" ''
echo "1..$tests"
exit $failed
