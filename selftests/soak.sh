#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# soak.sh - runs the families many times, to find a loss that comes once in a hundred
# runs: in a VM, on one CPU and on two, alone and beside processes that write, exec
# and open; then once more built with sanitizers.
#
# Under TCG the CPUs of a guest take turns on one thread (see vm.sh), so a counter that
# is not atomic hardly ever loses an event.  Some faults occur only if two CPUs really run
# at the same time: `make check-host` and the families' own tests find those.
#
# It takes no arguments.
# Environment: N (50) repetitions, STEMS (all families), OUT, KERNEL, BPFTOOL.
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${OUT:-$here/../.output}" && pwd) || exit 1
KERNEL=${KERNEL:-6.1}
N=${N:-50}
failed=0
child=
return=$(printf '\r')

die() { echo "soak.sh: $*" >&2; exit 1; }

[ "${1-}" != -h ] || { sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"; exit; }
[ $# = 0 ] || die "'$1': soak.sh takes no arguments (-h lists the variables that it reads)"
case $N in *[!0-9]* | 0) die "N=$N is not a number from 1 on" ;; esac

# A shell runs a trap only when the command in the foreground has ended; so long commands
# run in the background.  A guest ends with its vm.sh.
ended() {
	[ -z "$child" ] || kill "$child" 2>/dev/null
	wait
	exit "$1"
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'ended 129' HUP
trap 'ended 130' INT
trap 'ended 143' TERM
mkfifo "$tmp/lines" || exit 1

# Prints what a guest prints, but only the first and every tenth of the repetitions that pass.
# Debian's 6.1 has all that any family needs, so a family that is skipped there is a failure.
show() {
	skipped=0
	while IFS= read -r line; do
		line=${line%"$return"}
		case $line in
		PASS*" run 1 of "* | PASS*" run "*0" of "*) ;;
		PASS*" run "*" of "*) continue ;;
		SKIP*) [ "$KERNEL" != 6.1 ] || skipped=1 ;;
		esac
		echo "   $line"
	done
	return $skipped
}

red() {
	echo "== FAILED: $*"
	failed=$((failed + 1))
}

# guest TITLE OPTIONS... -- COMMAND...
guest() {
	title=$1
	shift
	echo "== $title"
	show <"$tmp/lines" &
	shown=$!
	"$here/guest/vm.sh" -k "$KERNEL" -t $((300 + 300 * N)) "$@" >"$tmp/lines" 2>&1 &
	child=$!
	wait $child
	status=$?
	child=
	wait $shown && why= || why=", a family was skipped"
	[ "$status$why" = 0 ] || red "$title (status $status$why)"
}

# shellcheck disable=SC2086 # several words
set -- ${STEMS-}
for cpus in 1 2; do
	guest "$N times on $cpus CPU" -c $cpus -- equiv -f table -r "$N" "$@"
	guest "$N times on $cpus CPU, with noise" -c $cpus -- \
		noise -- equiv -f table -r "$N" "$@"
done
make -C "$here/.." OUT="$out/sanitize" SANITIZE=address,undefined >"$tmp/log" 2>&1 &
child=$!
if wait $child; then
	guest "once with ASan and UBSan" -c 2 -m 2048 -d "$out/sanitize/bin" -- \
		equiv -f table "$@"
	# The mutants make ASan and UBSan check the runner, too, and how it handles faults.
	guest "the mutants with ASan and UBSan" -c 2 -m 2048 -d "$out/sanitize/bin" \
		-f "$here/runner/test_equiv.sh" -- test_equiv.sh
else
	tail -n 20 "$tmp/log"
	red "with ASan and UBSan: it does not build"
fi
[ $failed = 0 ] && echo "soak: all green" || echo "soak: $failed of 6 failed"
[ $failed = 0 ]
