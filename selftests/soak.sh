#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# soak.sh - a loss that comes once in a hundred runs is a loss: the families
# again and again in a VM, on one CPU and on two, alone and beside processes
# that write, exec and open; then once more built with sanitizers.
# Environment: N (50) repetitions, STEMS (all families), OUT, KERNEL, BPFTOOL.
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$here/../.output}
N=${N:-50}
STEMS=${STEMS:-}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
failed=0
return=$(printf '\r')

# guest OPTIONS... -- COMMAND...: shows every tenth repetition, as it comes.
guest() {
	echo "== $title"
	{
		"$here/vm/vm.sh" -k "${KERNEL:-6.1}" -t $((300 + 300 * N)) "$@"
		echo "soak: status $?"
	} 2>&1 | while IFS= read -r line; do
		line=${line%"$return"}
		case $line in
		"soak: status "*) echo "${line##* }" >"$log" ;;
		PASS*" run 1 of "* | PASS*" run "*0" of "*) echo "   $line" ;;
		PASS*" run "*" of "*) ;;
		*) echo "   $line" ;;
		esac
	done
	read -r status <"$log"
	[ "$status" = 0 ] || {
		echo "== FAILED: $title (status $status)"
		failed=$((failed + 1))
	}
}

for cpus in 1 2; do
	title="$N times on $cpus CPU"
	guest -c $cpus -- equiv -f table -t 120 -r "$N" $STEMS
	title="$N times on $cpus CPU, with noise"
	guest -c $cpus -- noise -- equiv -f table -t 120 -r "$N" $STEMS
done
title="once with ASan and UBSan"
if make -C "$here/.." OUT="$out/sanitize" SANITIZE=address,undefined >"$log" 2>&1; then
	guest -c 2 -m 2048 -d "$out/sanitize/bin" -- equiv -f table -t 120 $STEMS
	# What they find in the runner itself, and in its handling of faults.
	title="the mutants with ASan and UBSan"
	guest -c 2 -m 2048 -d "$out/sanitize/bin" -f "$here/test_equiv.sh" -- test_equiv.sh
else
	tail -n 20 "$log"
	echo "== FAILED: $title: it does not build"
	failed=$((failed + 1))
fi
[ $failed = 0 ] && echo "soak: all green" || echo "soak: $failed of 6 failed"
[ $failed = 0 ]
