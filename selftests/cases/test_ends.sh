#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_ends.sh - checks how a variant ends.  A person ends it with ^C, which reaches all
# of its processes at once; the disk that it writes to may be full; its COMMAND may
# fail.  Each time the exit status must be 0, 1 or 4, and a line must say why.
#
#	OUT=DIR test_ends.sh	root, a built tree; prints KTAP

. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
count=0
failed=0
. "$(dirname "$0")/check-leaks.sh"

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

# Is the status as wanted, and is, unless it is 0, the last line on stderr the variant's?
ended() { # NAME WANTED GOT
	[ "$3" = "$2" ] || { result 1 "$1" "status $3, not $2"; return; }
	[ "$2" = 0 ] || tail -n 1 "$tmp/err" | grep -q "^$variant: ." ||
		{ result 1 "$1" "it does not say why"; return; }
	result 0 "$1"
}

variants=
for file in "$bin"/execmon[.-]*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	timeout 300 "$file" -- true >"$tmp/out" 2>"$tmp/err" && variants="$variants $variant"
done
[ -n "$variants" ] || {
	echo "test_ends.sh: no variant of execmon can run here: $(tail -n 1 "$tmp/err")" >&2
	exit 4
}

# Starts a variant, and returns when COMMAND has written to the FIFO, which is then open as
# descriptor 3; the variant is $!.  It has a session of its own, and does not ignore SIGINT,
# which a shell ignores for `&`.
begin() { # COMMAND [TIMEOUT...] VARIANT OPTION...
	rm -f "$tmp/fifo"
	mkfifo "$tmp/fifo"
	command=$1
	shift
	env --default-signal=INT "$mark" setsid "$@" -- sh -c "$command" "$tmp/fifo" \
		>"$tmp/out" 2>"$tmp/err" 3<&- &
	# Opened for both directions, since if COMMAND never runs nobody opens the other end.
	exec 5<>"$tmp/fifo"
	read -t 300 -r _ <&5
	exec 3<"$tmp/fifo" 5>&-
}

# Some more different names to exec than the map has room for.
names=$tmp/names
mkdir "$names"
i=$(awk '$2 == "EXECMON_MAX_COMMS" { print $3 }' "$(dirname "$0")/../../samples/execmon.h")
i=$((${i:-1024} + 16))
while [ $((i -= 1)) -ge 0 ]; do ln -s /bin/true "$names/n$i"; done

echo "KTAP version 1"
for variant in $variants; do
	begin "$observed" timeout -k 5 300 "$bin/$variant" -f records
	# To all of its process group, as a terminal does.
	kill -INT "-$!"
	wait $!
	status=$?
	ended "$variant: a SIGINT ends it, and the command" 0 $status
	grep -q "^count execs=1 comm=sh" "$tmp/out"
	result $? "$variant: and it says what it saw" "$(cat "$tmp/out")"
	timeout 300 cat <&3
	result $? "$variant: the command is gone" "it still has its FIFO open"

	begin "$observed" "$bin/$variant" -f records
	kill -TERM $!
	wait $!
	ended "$variant: a SIGTERM ends it" 0 $?
	! grep -v "^$variant: " "$tmp/err"
	result $? "$variant: nothing else writes to stderr then"

	# shellcheck disable=SC2016
	begin 'exec 3>"$0"; sleep 100000 & echo >&3; wait' "$bin/$variant" -f records
	kill -KILL $!
	wait $! 2>/dev/null
	timeout 300 cat <&3
	result $? "$variant: after a SIGKILL nothing of the command is left" "it has its FIFO open"

	# At no moment, even before there is a command, may a process, cgroup or pin stay.
	: >"$tmp/left"
	for moment in 0.02 0.1 0.2 0.4 0.8; do
		env "$mark" setsid "$bin/$variant" -f records -- sleep 100000 >"$tmp/out" 2>"$tmp/err" 3<&- &
		sleep $moment
		kill -KILL $!
		wait $! 2>/dev/null
		left >>"$tmp/left"
	done
	[ ! -s "$tmp/left" ]
	result $? "$variant: at other moments no process, cgroup or pin is left either" "$(cat "$tmp/left")"

	timeout -k 5 300 "$bin/$variant" -- sh -c 'exit 127' >"$tmp/out" 2>"$tmp/err"
	ended "$variant: a command that could not be run" 1 $?

	# This must be the reason that it gives, not that a process of its own was gone.
	timeout -k 5 300 "$bin/$variant" -- true >/dev/full 2>"$tmp/err"
	ended "$variant: stdout is a full disk" 1 $?
	[ "$(tail -n 1 "$tmp/err")" = "$variant: cannot write to stdout: No space left on device" ]
	result $? "$variant: and it says that the disk is full"

	# shellcheck disable=SC2016
	timeout -k 5 300 "$bin/$variant" -f records -- \
		sh -c 'cd "$0" && for i in *; do ./$i; done' "$names" >"$tmp/out" 2>"$tmp/err"
	status=$?
	# A ring buffer may be full, too.
	grep -q ' lost .* records' "$tmp/err"
	ended "$variant: more names than there is room for" $((! $?)) $status
	awk '/^exec / { execs++ } /^(count|uncounted) / { split($2, part, "="); sum[$1] += part[2] }
		/ lost .* records/ { execs += $3 }
		END { exit !(sum["uncounted"] > 0 && sum["count"] + sum["uncounted"] == execs) }' \
		"$tmp/out" "$tmp/err"
	result $? "$variant: it says how many execs are not counted"
done

# Live: all processes are observed, and an openat(2) is under way when the variant begins.
for file in "$bin"/file_events[.-]* "$bin"/file_opens[.-]*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	timeout 300 "$file" -- true >"$tmp/out" 2>"$tmp/err" || continue
	rm -f "$tmp/fifo"
	mkfifo "$tmp/fifo"
	cat "$tmp/fifo" &
	reader=$!
	# If cat sleeps, it waits in openat(2) for a writer.
	until grep -q "^cat" /proc/$reader/comm && grep -q "^State:.S" /proc/$reader/status; do
		sleep 0.1
	done
	env --default-signal=INT "$file" -n 1 -i 1000 >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	i=0
	until grep -q "^Observing" "$tmp/out" || [ $((i += 1)) -gt 3000 ]; do sleep 0.1; done
	: >"$tmp/fifo"
	wait $reader
	kill -INT $pid
	wait $pid
	status=$?
	# All processes open many files: a ring buffer or a map may be full, and it says so.
	sed '/lost [0-9]* of .*E2BIG, \|lost [0-9]* of .*ENOSPC, /d' "$tmp/err" >"$tmp/other"
	! grep -v "left out .* under way\|recursion_misses" "$tmp/other" && {
		[ "${variant##*.}" = skel ] || grep -q "left out .* under way" "$tmp/err"
	}
	result $? "$variant: what was under way when it began is not lost"
	! cmp -s "$tmp/err" "$tmp/other" || ended "$variant: and that is no failure" 0 "$status"
done

# In JSON each table ends with an object of the kind refresh.
for file in "$bin"/write_count[.-]* "$bin"/file_opens[.-]* "$bin"/syscall_count[.-]* "$bin"/lru_cache[.-]*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	timeout 300 "$file" --json -- true >"$tmp/out" 2>"$tmp/err" || [ $? != 4 ] || continue
	tail -n 1 "$tmp/out" |
		grep -Eq '^[{]"kind":"refresh","refresh":1,"unix_ms":[0-9]+(,"[a-z_]+":[0-9]{1,9})+[}]$'
	result $? "$variant --json: a refresh ends with its totals" "$(tail -n 1 "$tmp/out")"
done

# The workload opens names whose hashes collide; a variant with the name itself as the key
# has no collisions.
for file in "$bin"/file_opens[.-]*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	timeout 300 "$file" --json -- "$bin/file_opens.workload" -n 300 >"$tmp/out" 2>"$tmp/err" ||
		[ $? != 4 ] || continue
	case $variant in
	*.skel) wanted='"collisions":0[}]$' ;;
	*) wanted='"collisions":[1-9][0-9]*[}]$' ;;
	esac
	tail -n 1 "$tmp/out" | grep -q "$wanted"
	result $? "$variant: collisions of hashes are counted" "$(tail -n 1 "$tmp/out")"
done

# Prints a COMMAND that opens so many names, and then does SAYS.
names() { # NUMBER [SAYS]
	echo "i=0; while [ \$((i += 1)) -le $1 ]; do true </nowhere/\$i; done 2>/dev/null; $2"
}

# Prints the CPU time, in ms, of a run with so many names.
cpu() { # NUMBER
	TIMEFORMAT="%U %S" LC_ALL=C timeout -k 5 600 bash -c 'time "$0" -n 0 -- sh -c "$1" >/dev/null 2>&1' \
		"$bin/$variant" "$(names "$1")" 2>&1 | awk '{ print int(($1 + $2) * 1000) }'
}

# Many names, and a user who does not wait until all of them are shown.
# shellcheck disable=SC2016
many=$(names 8000 'echo >"$0"; while :; do :; done')
variant=file_opens.bpftool
timeout 300 "$bin/$variant" -- true >"$tmp/out" 2>"$tmp/err" && {
	begin "$many" "$bin/$variant"
	kill -INT $!
	timeout 300 tail --pid=$! -f /dev/null
	result $? "$variant: a SIGINT ends it, with many names" "300 s are not enough"
	kill -KILL $! 2>/dev/null
	wait $!
	[ "$(sed -n '/NAME$/,$p' "$tmp/out" | sed -n '2,21s/ .*//p' | sort -u)" = "" ] &&
		sed -n '/NAME$/,/^\.\.\./p' "$tmp/out" | sed '1d;$d' | sort -c -k1,1nr -k2
	result $? "$variant: the largest come first"
	few=$(cpu 1000)
	more=$(cpu 4000)
	[ "$few" -gt 0 ] && [ "$more" -lt $((8 * few)) ]
	result $? "$variant: 4 times the names do not take 16 times the time" "$few ms, $more ms"

	# Nobody reads the pipe, so the last table does not end by itself.  It has begun when the
	# first byte comes, and the pipe is full when the variant sleeps.
	for how in INT KILL; do
		rm -f "$tmp/full"
		mkfifo "$tmp/full"
		exec 4<>"$tmp/full"
		# shellcheck disable=SC2016
		begin "$many" sh -c 'exec >"$0" "$@"' "$tmp/full" "$bin/$variant" -n 0 4<&-
		kill -INT $!
		head -c 1 <&4 >"$tmp/out"
		i=0
		until grep -q "^State:.S" "/proc/$!/status" || [ $((i += 1)) -gt 600 ]; do sleep 0.1; done
		# As a person does, it sends the signal again and again: the second ^C ends the
		# variant, if it comes later than the first.
		i=0
		while kill -$how $! 2>/dev/null && [ $((i += 1)) -lt 300 ]; do
			timeout 1 tail --pid=$! -f /dev/null && break
		done
		[ $i -lt 300 ]
		result $? "$variant: a SIG$how ends its last table" "it takes more than 300 s"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		! left 3<&- 4<&- >"$tmp/left"
		result $? "$variant: and then nothing is left of it" "$(cat "$tmp/left")"
		exec 4<&-
	done
}

echo "1..$count"
[ $failed = 0 ]
