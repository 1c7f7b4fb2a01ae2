#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_hotplug.sh - what do variants lose when a CPU goes offline or comes online?
#
# The perf ring of a CPU ends when the CPU goes offline, as all but one do in a suspend; a
# CPU that comes online only later has none.  A variant must open the ring again, or say at
# once that it cannot, and say what it has lost and why.  A ring buffer (BPF_MAP_TYPE_RINGBUF)
# loses nothing.  It runs in a guest with two CPUs, of which the first stays online.
# Environment: OUT, KERNEL.
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

# Each variant observes a command that takes CPU 1 offline and online again (away), or only
# online (late), waits until the variant has said so ("-": it has nothing to say), and then
# opens a file and writes, 20 times on CPU 1.
cat >"$tmp/in_guest" <<'END'
cpu=/sys/devices/system/cpu/cpu1/online
cat >/tmp/command <<'COMMAND'
[ ! -e /tmp/off ] || echo 0 >/sys/devices/system/cpu/cpu1/online
echo 1 >/sys/devices/system/cpu/cpu1/online
until [ "$1" = - ] || grep -q "CPU 1 came online" /tmp/err; do sleep 0.1; done
taskset 2 sh -c "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	: </tmp/on-cpu-1; echo; done >/dev/null"
COMMAND
: >/tmp/on-cpu-1
taskset -p 1 $$ >/dev/null
for how in away late; do
	for file in file_events.raw file_events.libbpf file_events.libbpf0 file_events.bpftool \
		    file_events.skel trace_output.raw; do
		say=said
		[ $file != file_events.skel ] || say=-
		: >/tmp/err
		if [ $how = away ]; then
			: >/tmp/off
		else
			rm -f /tmp/off
			echo 0 >$cpu
		fi
		timeout 300 ./$file -f records -- sh /tmp/command $say >/tmp/out 2>/tmp/err </dev/null
		status=$?
		if [ $file = trace_output.raw ]; then
			# The writes of the process that made most of them.
			seen=$(cut -d ' ' -f 2 /tmp/out | sort | uniq -c | sort -n | tail -n 1 | awk '{ print $1 }')
		else
			seen=$(grep -c 'file=/tmp/on-cpu-1$' /tmp/out)
		fi
		echo "$how $file status $status seen $seen"
		echo 1 >$cpu 2>/dev/null
		sed "s/^/$how /" /tmp/err
	done
done
END
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -f "$tmp/in_guest" -- sh ./in_guest \
	>"$tmp/out" 2>"$tmp/err"
status=$?
echo "KTAP version 1"
[ $status != 4 ] || { echo "1..0 # SKIP $(tail -n 1 "$tmp/err")"; exit 4; }
[ $status = 0 ]
result $? "the guest" "$tmp/err" "$tmp/out"
for how in away late; do
	reason="EOPNOTSUPP, the ring was not that of its CPU, or the CPU went offline"
	[ $how = away ] || reason="ENOENT, its CPU has no ring: it was offline"
	grep "^$how " "$tmp/out" >"$tmp/log"
	grep -q "^$how file_events.skel status 0 seen 20$" "$tmp/log"
	result $? "$how: a ring buffer loses nothing"
	# Events before the ring is there may be lost, and are counted; the 20 opens are not lost.
	for who in file_events trace_output; do
		grep -q "^$how $who.raw status [01] seen 20$" "$tmp/log" &&
			grep -q "^$how $who.raw: CPU 1 came online .* it has a ring now" "$tmp/log"
		result $? "$how: $who.raw opens the ring again"
	done
	for who in libbpf libbpf0 bpftool; do
		grep -q "^$how file_events.$who status 1 seen 0$" "$tmp/log" &&
			grep -q "^$how file_events.$who: CPU 1 came online .* has no ring for it" "$tmp/log" &&
			grep -q "^$how file_events.$who: lost [0-9]* of [0-9]* records; the last error: $reason" "$tmp/log"
		result $? "$how: $who says so at once, and says what it has lost and why"
	done
done
echo "1..$tests"
exit $failed
