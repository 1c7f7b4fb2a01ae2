#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_shell.sh - checks the bpftool stage, which consists of several processes.  bpftool and
# the shell may be killed, or print half a table.  The variant must then print one clear line,
# set its status, and show no half table.  Signals, limits, descriptors and readers that go
# away must have the same effect as at the other stages, and nothing may stay behind.
#
#	OUT=DIR test_shell.sh	root, a built tree; prints KTAP

export LC_ALL=C
. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
front=
trap '[[ ! $front ]] || kill -KILL $front 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"
. "$(dirname "$0")/check-leaks.sh"
tool=$bin/execmon.bpftool

timeout -k 5 300 "$tool" -- true >"$tmp/out" 2>"$tmp/err" </dev/null || {
	echo "1..0 # SKIP execmon.bpftool cannot run here: $(tail -n 1 "$tmp/err")"
	exit 4
}
echo "KTAP version 1"

# until_there FILE WORD: waits until FILE has WORD, for some minutes at most.
until_there() {
	local i

	for ((i = 0; i < 3000; i++)); do
		! grep -q "$2" "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# ---- signals ----------------------------------------------------------------------------

# live [WORD...]: starts it without a COMMAND, and returns when it is attached; $pid is its pid.
live() {
	: >"$tmp/out"
	env --default-signal "$@" "$tool" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	until_there "$tmp/out" ^Observing
}

# ends STATUS: does it end by itself, with STATUS and without a message?
ends() {
	timeout 300 tail --pid="$pid" -f /dev/null
	kill -KILL "$pid" 2>/dev/null
	wait "$pid"
	[[ $? == "$1" && ! -s $tmp/err ]]
}

for signal in INT TERM HUP QUIT; do
	live && kill -$signal $pid && ends 0
	result $? "SIG$signal ends it" "$tmp/err" "$tmp/out"
	live env --ignore-signal=$signal && kill -$signal $pid && kill -0 $pid &&
		if [[ $signal == TERM ]]; then kill -INT $pid; else kill -TERM $pid; fi && ends 0
	result $? "SIG$signal does not end it, if it was ignored at the start" "$tmp/err" "$tmp/out"
done

# Compares /proc/PID/status of COMMAND without and with the variant.
for ignored in HUP CHLD INT,QUIT PIPE XFSZ USR1 CHLD,TERM,USR2,TSTP; do
	env --default-signal --ignore-signal="$ignored" grep SigIgn /proc/self/status >"$tmp/wanted"
	env --default-signal --ignore-signal="$ignored" "$tool" -f records -- \
		grep SigIgn /proc/self/status </dev/null 2>"$tmp/err" | grep SigIgn >"$tmp/got"
	diff "$tmp/wanted" "$tmp/got" >"$tmp/log"
	result $? "COMMAND ignores what was ignored: $ignored" "$tmp/log" "$tmp/err"
done
env --default-signal --block-signal=HUP,INT,TERM,USR1,PIPE grep SigBlk /proc/self/status >"$tmp/wanted"
env --default-signal --block-signal=HUP,INT,TERM,USR1,PIPE "$tool" -f records -- \
	grep SigBlk /proc/self/status </dev/null 2>"$tmp/err" | grep SigBlk >"$tmp/got"
diff "$tmp/wanted" "$tmp/got" >"$tmp/log"
result $? "COMMAND blocks what was blocked" "$tmp/log" "$tmp/err"
env --default-signal --ignore-signal=CHLD timeout -k 5 300 "$tool" -- /nonexistent \
	>"$tmp/out" 2>"$tmp/err" </dev/null
[[ $? == 1 && $(<"$tmp/err") == "execmon.bpftool: cannot run /nonexistent: No such file or directory" ]]
result $? "with SIGCHLD ignored, a COMMAND that cannot be run is a failure" "$tmp/err"

# ---- descriptors --------------------------------------------------------------------------

# quiet_end STATUS WORD...: does it end with STATUS, and without a message?
quiet_end() {
	local wanted=$1

	shift
	timeout -k 5 300 "$@" 2>"$tmp/err"
	echo $? >"$tmp/status"
	[[ $(<"$tmp/status") == "$wanted" && ! -s $tmp/err ]]
}

# Descriptor 6 is a pipe without a reader.
mkfifo "$tmp/unread"
exec 5<>"$tmp/unread" 6>"$tmp/unread" 5<&-
for variant in execmon map_crud syscall_count write_count; do
	tool=$bin/$variant.bpftool
	command=(-f records)
	[[ $variant == map_crud ]] || command+=(-- sh -c 'echo >/dev/null')
	"$tool" "${command[@]}" >"$tmp/usual" 2>/dev/null </dev/null
	timeout -k 5 300 "$tool" "${command[@]}" >"$tmp/out" 2>"$tmp/err" <&- &&
		[[ ! -s $tmp/err && $(wc -l <"$tmp/out") == $(wc -l <"$tmp/usual") ]]
	result $? "$variant.bpftool: a closed stdin is /dev/null" "$tmp/err"
	timeout -k 5 300 "$tool" "${command[@]}" >"$tmp/out" 2>&- </dev/null &&
		[[ $(wc -l <"$tmp/out") == $(wc -l <"$tmp/usual") ]]
	result $? "$variant.bpftool: a closed stderr does not matter" "$tmp/out"
	timeout -k 5 300 "$tool" "${command[@]}" 2>"$tmp/err" >&- </dev/null
	[[ $? == 1 && $(<"$tmp/err") == "$variant.bpftool: stdout is closed" ]]
	result $? "$variant.bpftool: a closed stdout is refused" "$tmp/err"
	timeout -k 5 300 "$tool" "${command[@]}" <&- >&- 2>&-
	result $((! $?)) "$variant.bpftool: with all three closed"
	timeout -k 5 300 "$tool" "${command[@]}" >/dev/full 2>"$tmp/err" </dev/null
	[[ $? == 1 && $(<"$tmp/err") == "$variant.bpftool: cannot write to stdout: No space left on device" ]]
	result $? "$variant.bpftool: it says once that the disk is full" "$tmp/err"
	quiet_end 1 "$tool" "${command[@]}" </dev/null >&6
	result $? "$variant.bpftool: without a reader it ends, without a message" "$tmp/status" "$tmp/err"
	quiet_end 1 "$tool" -h >&6
	result $? "$variant.bpftool -h: without a reader it ends, without a message" "$tmp/status" "$tmp/err"
done
exec 6>&-
# A cgroup without processes, in which nothing happens.
at=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)/shell.$$
tool=$bin/execmon.bpftool
if mkdir "$at"; then
	quiet_end 1 "$tool" -c "$at" </dev/null | head -n 1 >"$tmp/out"
	[[ $(<"$tmp/status") == 1 && ! -s $tmp/err && -s $tmp/out ]]
	result $? "X | head -n 1 ends, although nothing happens" "$tmp/status" "$tmp/err"
	rmdir "$at"
fi
mkfifo "$tmp/fifo"
# shellcheck disable=SC2016
quiet_end 1 env "$mark" "$tool" -f records -- sh -c 'echo >"$0"; exec sleep 100000' "$tmp/fifo" </dev/null |
	{ read -t 300 -r _ <>"$tmp/fifo"; }	# the braces hold the pipe
[[ $(<"$tmp/status") == 1 && ! -s $tmp/err ]] && ! left >>"$tmp/err"
result $? "X -- COMMAND | head ends, and COMMAND with it" "$tmp/status" "$tmp/err"
exec 5<"$tmp/wanted"
"$tool" -f records -- sh -c 'cat <&5; ls /proc/$$/fd' >"$tmp/got" 2>"$tmp/err" </dev/null
grep -v ^exec "$tmp/got" | grep -v ^count >"$tmp/out"
{ exec 5<"$tmp/wanted"; sh -c 'cat <&5; ls /proc/$$/fd'; } </dev/null 2>/dev/null | diff - "$tmp/out" >"$tmp/log"
result $? "COMMAND has the descriptors of the user, and none of the variant" "$tmp/log"
exec 5<&-

# ---- reasons ----------------------------------------------------------------------------------

cat >"$tmp/bpftool" <<-'END'
	#!/bin/sh
	case $* in *"$how"*) kill -KILL $$ ;; esac
	exec "$real" "$@"
END
chmod +x "$tmp/bpftool"
real=$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool)
for how in 'prog load' 'map update' 'map dump'; do
	sed "s|\$how|$how|; s|\$real|$real|" "$tmp/bpftool" >"$tmp/killed"
	chmod +x "$tmp/killed"
	BPFTOOL=$tmp/killed timeout -k 5 300 "$tool" -- true >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 1 ]] && tail -n 1 "$tmp/err" | grep -q "^execmon.bpftool: .*ended by signal 9"
	result $? "bpftool $how is killed: the message says so" "$tmp/err"
done
# COMMAND kills a process of the host.
cat >"$tmp/kill" <<-'END'
	children() { cat "/proc/$1/task/$1/children"; }
	for pid in $(children $PPID) $(for sh in $(children $PPID); do children $sh; done); do
		! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "^[^ ]*$2" || kill "-$1" "$pid"
	done 2>/dev/null
	/bin/true
END
reasons=('bpftool map event_pipe ' 'bpftool map event_pipe has ended: it was'
	'bpf_attach ' 'bpf_attach had ended too early, so not all was observed: it was')
# A bpftool that cannot attach by itself, as that of Debian 12: then bpf_attach does it.
cat >"$tmp/older" <<-END
	#!/bin/bash
	[[ "\$*" == "prog help" ]] || exec "$real" "\$@"
	"$real" prog help 2>&1 | sed s/autoattach//g
END
chmod +x "$tmp/older"
for ((i = 0; i < ${#reasons[@]}; i += 2)); do
	for signal in KILL SEGV; do
		BPFTOOL=$tmp/older timeout -k 5 300 "$tool" -- sh "$tmp/kill" $signal "${reasons[i]}" \
			>"$tmp/out" 2>"$tmp/err" </dev/null
		[[ $? == 1 && $(head -n 1 "$tmp/err") =~ ^"execmon.bpftool: ${reasons[i + 1]} ended by signal "[0-9]+[^$'\n']*$ ]]
		result $? "SIG$signal for '${reasons[i]}': a line says so" "$tmp/err"
	done
done

# A bpftool that prints what it is told to instead of a dump; what else it does is true.
cat >"$tmp/dumps" <<-END
	#!/bin/sh
	case \$* in *"map dump"*) cat "$tmp/dump"; exit ;; esac
	exec "$real" "\$@"
END
chmod +x "$tmp/dumps"
# entry PID CALLS BYTES: of write_count, as bpftool prints it.
entry() {
	local hex

	printf -v hex '%02x' 0
	hex=$(printf '%08x%016x%016x%016x' "$@" 0 | sed 's/^\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/' |
		awk '{ s = substr($0, 1, 8)
			for (i = 0; i < 3; i++) for (j = 7; j >= 0; j--) s = s substr($0, 9 + 16 * i + 2 * j, 2)
			print s "73680000000000000000000000000000" }' | sed 's/../,"0x&"/g')
	echo "{\"key\":[${hex:1:27}],\"value\":[${hex:29}],\"formatted\":{\"key\":[1,{\"}\":\"]\"}]}}"
}
tool=$bin/write_count.bpftool
{ printf '['; entry 77 1 9007199254740993; printf ,; entry 78 2 18446744073709551615; printf ']'; } |
	tr -d '\n' >"$tmp/dump"
cp "$tmp/dump" "$tmp/whole"
BPFTOOL=$tmp/dumps timeout -k 5 300 "$tool" -f records -- true >"$tmp/out" 2>"$tmp/err" </dev/null
{ printf 'process calls=%s largest=- pid=%s comm=sh\n' '1 bytes=9007199254740993' 77 '2 bytes=18446744073709551615' 78
	echo "losses error=0"; } | diff - "$tmp/out" >"$tmp/log"
result $? "write_count.bpftool: bytes beyond 2^53 are exact" "$tmp/log" "$tmp/err"
bad=0
for ((cut = 0; cut < $(wc -c <"$tmp/whole"); cut += 7)); do
	head -c $cut "$tmp/whole" >"$tmp/dump"
	BPFTOOL=$tmp/dumps timeout -k 5 300 "$tool" -- true >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 1 && ! -s $tmp/out && $(<"$tmp/err") == "write_count.bpftool: bpftool map dump of counts: "* ]] || {
		echo "cut after $cut bytes" >>"$tmp/err"
		bad=1
		break
	}
done
result $bad "write_count.bpftool: a dump that is cut short, wherever, is no table" "$tmp/err" "$tmp/out"
tool=$bin/execmon.bpftool

# ---- limits and the like -----------------------------------------------------------------

# one_line STATUS WORDS: did it end with that, and was this what it said, in one line?
one_line() { [[ $status == "$1" && $(wc -l <"$tmp/err") == 1 && $(<"$tmp/err") == *"$2"* ]]; }

for option in --json=1 --verbose=x --nothing; do
	timeout -k 5 300 "$tool" $option -- true >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 1 && ! -s $tmp/out ]]
	result $? "$option is no option" "$tmp/err"
done
PATH='' "$tool" -f records -- /bin/true >"$tmp/out" 2>"$tmp/err" </dev/null
[[ $? == 0 && ! -s $tmp/err ]] && grep -q '^count execs=1 comm=true' "$tmp/out"
result $? "an empty PATH changes nothing" "$tmp/err"
for files in 4 5 10 100; do
	(ulimit -n $files; exec "$tool" -- true) >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	# The dynamic linker has no descriptor left.
	one_line 1 "too few files may be open: ulimit -n 256" || [[ $files == 4 && $status != 0 ]]
	result $? "ulimit -n $files: that is said" "$tmp/err"
done
for stack in 64 128; do
	(ulimit -S -s $stack; exec timeout -k 5 300 "$tool" -f records -- true) >"$tmp/out" 2>"$tmp/err" </dev/null
	result $? "ulimit -S -s $stack changes nothing" "$tmp/err"
done
mkdir "$tmp/gone"
(cd "$tmp/gone" && rmdir "$tmp/gone" && exec "$tool" -f records -- true) >"$tmp/out" 2>"$tmp/err" </dev/null
[[ $? == 0 && ! -s $tmp/err ]]
result $? "a directory that was removed changes nothing" "$tmp/err"
env --default-signal --block-signal=CHLD grep SigBlk /proc/self/status >"$tmp/wanted"
env --default-signal --block-signal=CHLD "$tool" -f records -- grep SigBlk /proc/self/status \
	</dev/null 2>"$tmp/err" | grep SigBlk | diff "$tmp/wanted" - >"$tmp/log"
result $? "COMMAND blocks SIGCHLD, if that was blocked" "$tmp/log" "$tmp/err"
for signal in PIPE XFSZ; do
	live && kill -$signal "$pid" && sleep 0.3 && kill -0 "$pid" && kill -TERM "$pid" && ends 0
	result $? "SIG$signal from outside does not end it" "$tmp/err"
done
# shellcheck disable=SC2016
timeout -k 5 300 "$tool" -f records -- sh -c 'kill -TERM $PPID; exec sleep 100000' >"$tmp/out" 2>"$tmp/err" </dev/null
[[ $? == 0 && ! -s $tmp/err ]] && grep -q '^count execs=1 comm=sh' "$tmp/out"
result $? "COMMAND ends it with a SIGTERM" "$tmp/err" "$tmp/out"
pids=
for dir in /sys/fs/cgroup/pids "${at%/*}"; do
	mkdir "$dir/shell.$$" 2>/dev/null || continue
	[[ ! -e $dir/shell.$$/pids.max ]] || { pids=$dir/shell.$$; break; }
	rmdir "$dir/shell.$$"
done
if [[ $pids ]]; then
	for ((most = 2; most < 10; most++)); do
		echo $most >"$pids/pids.max"
		(
			echo $BASHPID >"$pids/cgroup.procs"
			exec timeout -k 5 300 "$tool" -- true
		) >"$tmp/out" 2>"$tmp/err" </dev/null
		status=$?
		[[ $status == 0 ]] || one_line 1 fork || one_line 1 "another process" || one_line 1 unavailable
		result $? "pids.max of $most: it does, or says why not" "$tmp/err"
	done
	rmdir "$pids"
else
	skipped "too many processes: that is said" "no cgroup has pids.max"
fi

# ---- nothing stays --------------------------------------------------------------------------------

# in_namespace NS: lists the processes in a mount namespace.
in_namespace() {
	local at

	for at in /proc/[0-9]*; do
		[[ $(readlink "$at/ns/mnt") != "$1" ]] || echo "${at#/proc/}: $(tr '\0' ' ' <"$at/cmdline" | head -c 200)"
	done 2>/dev/null
}

parent() { sed -n 's/^PPid:\t//p' "/proc/$1/status" 2>/dev/null; }

# 6000 names, and a stdout that nobody reads: the last table waits for ever.
# shellcheck disable=SC2016
many='i=0; while [ $((i += 1)) -le 6000 ]; do true </nowhere/$i; done 2>/dev/null'
mkfifo "$tmp/full"
exec 4<>"$tmp/full"
env "$mark" setsid "$bin/file_opens.bpftool" -n 0 -- sh -c "$many" >&4 2>"$tmp/err" </dev/null 4<&- &
front=$!
timeout 300 head -c 1 <&4 >"$tmp/out"
until grep -q "^State:.S" /proc/$front/status; do sleep 0.1; done
ns=$(readlink "/proc/$front/ns/mnt")
[[ $(wc -c <"$tmp/out") == 1 && $ns && $ns != "$(readlink /proc/self/ns/mnt)" ]]
result $? "file_opens.bpftool: the last table waits" "$tmp/err"
kill -KILL $front
wait $front 2>/dev/null
front=
for ((i = 0; i < 600; i++)); do
	in_namespace "$ns" >"$tmp/left"
	[[ -s $tmp/left ]] || break
	sleep 0.1
done
[[ ! -s $tmp/left ]] && ! left >>"$tmp/left"
result $? "file_opens.bpftool: then a SIGKILL leaves nothing" "$tmp/left"
exec 4<&-

# Docker does so.
timeout -k 5 300 unshare --mount sh -c 'mount --bind /dev/null /proc/timer_list && exec "$0" -- true' \
	"$bin/file_opens.bpftool" >"$tmp/out" 2>"$tmp/err" </dev/null
[[ $? == 0 && ! -s $tmp/err ]]
result $? "file_opens.bpftool: a container that hides /proc/timer_list changes nothing" "$tmp/err"

# ---- a helper that is killed ----------------------------------------------------------------

# The Nth bpftool to start is killed, as by the OOM killer, or the shell that has started it,
# or it stops printing and says that all is well.  Then something is missing: that is said, and
# is the end; or somebody else does the same, and nothing is missing.
cat >"$tmp/deadly" <<-END
	#!/bin/bash
	n=1
	until mkdir "$tmp/started.\$n" 2>/dev/null; do n=\$((n + 1)); done
	read -r victim how <"$tmp/victim"
	case \$n,\$how in
	\$victim,bpftool) kill -KILL \$\$ ;;
	\$victim,shell) [[ \$(</proc/\$PPID/comm) != sh ]] || kill -KILL \$PPID ;;
	\$victim,short) setpriv --pdeathsig KILL "$real" "\$@" | setpriv --pdeathsig KILL head -c 60; exit 0 ;;
	esac
	exec "$real" "\$@"
END
chmod 755 "$tmp/deadly"

# Prints the records without what differs from run to run.
facts() { sed 's/"\(pid\|ppid\|unix_ms\|[a-z_]*_ns\)":[0-9]*/"\1":N/g; s/"pid":N.*"comm/"pid":N,"comm/' "$1" | grep -v syscall | sort; }

for variant in write_count-percpu file_opens syscall_count execmon; do
	for how in bpftool shell short; do
		bad=0
		for ((victim = 0; victim < 30; victim++)); do
			echo $victim $how >"$tmp/victim"
			BPFTOOL=$tmp/deadly timeout -k 5 150 "$bin/$variant.bpftool" \
				--json -- sh -c 'read x </dev/null; echo x' >"$tmp/out" 2>"$tmp/err" </dev/null
			status=$?
			facts "$tmp/out" >"$tmp/got"
			rmdir "$tmp/started.$victim" 2>/dev/null
			killed=$?
			rm -rf "$tmp"/started.*
			if ((victim == 0)); then
				((status == 0)) || break
				cp "$tmp/got" "$tmp/usual"
			elif ((killed)); then
				break		# so many there are not
			elif ((status == 0)); then
				diff "$tmp/usual" "$tmp/got" >"$tmp/log" && [[ ! -s $tmp/err ]] || { bad=1; break; }
			else
				((status == 1 || status == 4)) && [[ $(grep -c "^$variant.bpftool: " "$tmp/err") == 1 ]] ||
					{ bad=1; break; }
			fi
		done
		echo "$variant: status $status with the ${victim}th bpftool, of more than 5" >>"$tmp/err"
		((!bad && victim > 5 && killed && !status))
		result $? "$variant.bpftool: a $how that is killed or cut is the end, or changes nothing" "$tmp/err" "$tmp/log"
	done
done
echo "1..$tests"
exit $failed
