#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_ends.sh - how a variant comes to its end.  A person ends it with ^C, which
# reaches all of its processes at once; its output may be a full disk, its COMMAND
# may fail.  Each is an exit status of 0, 1 or 4, and a line that says why.
#
#	OUT=DIR test_ends.sh	root, a built tree; prints KTAP

bin=${BIN:-${OUT:-$(cd "$(dirname "$0")/.." && pwd)/.output}/bin}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
count=0
failed=0

# COMMAND writes a line once it runs, and keeps the FIFO open while it does.
# shellcheck disable=SC2016
observed='exec 3>"$0"; echo >&3; while :; do :; done'

result() { # STATUS NAME [WHY]
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
		return
	fi
	failed=1
	echo "not ok $count $2"
	{ echo "$3"; tail -n 3 "$tmp/err"; } | sed 's/^/# /'
}

# Is the status $2, and the last line on stderr, if there is to be one, the variant's?
ended() { # NAME WANTED GOT
	[ "$3" = "$2" ] || { result 1 "$1" "status $3, not $2"; return; }
	[ "$2" = 0 ] || tail -n 1 "$tmp/err" | grep -q "^$variant: ." ||
		{ result 1 "$1" "it does not say why"; return; }
	result 0 "$1"
}

variants=
for file in "$bin"/execmon*.*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	timeout 60 "$file" -- true >"$tmp/out" 2>"$tmp/err" && variants="$variants $variant"
done
[ -n "$variants" ] || {
	echo "test_ends.sh: no variant of execmon can run here: $(tail -n 1 "$tmp/err")" >&2
	exit 4
}

echo "KTAP version 1"
# shellcheck disable=SC2086
echo "1..$(($(set -- $variants; echo $#) * 5))"
for variant in $variants; do
	mkfifo "$tmp/$variant"
	# In a session of its own, where SIGINT is not ignored, as it is for `&`.
	env --default-signal=INT setsid timeout -k 5 60 "$bin/$variant" -f records -- \
		sh -c "$observed" "$tmp/$variant" >"$tmp/out" 2>"$tmp/err" 3<&- &
	exec 3<"$tmp/$variant"
	read -r _ <&3
	# All of its process group, as a terminal does.
	kill -INT "-$!"
	wait $!
	status=$?
	ended "$variant: a SIGINT ends it, and the command" 0 $status
	grep -q "^count execs=1 comm=sh" "$tmp/out"
	result $? "$variant: and it says what it saw" "$(cat "$tmp/out")"
	timeout 20 cat <&3
	result $? "$variant: the command is gone" "it still has its FIFO open"

	timeout -k 5 60 "$bin/$variant" -- sh -c 'exit 127' >"$tmp/out" 2>"$tmp/err"
	ended "$variant: a command that could not be run" 1 $?

	# 20 seconds are less than what it would wait for its own reader.
	timeout -k 5 20 "$bin/$variant" -- true >/dev/full 2>"$tmp/err"
	ended "$variant: nowhere to write to" 1 $?
done
[ $failed = 0 ]
