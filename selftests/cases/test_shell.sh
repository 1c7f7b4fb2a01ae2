#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_shell.sh - what a shell does otherwise than a program: signals, descriptors that are
# closed, a reader that goes away, and the many processes of the bpftool stage, of which
# none stays behind.
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

# until_there FILE WORD: waits until it is written there, for some minutes at most.
until_there() {
	local i

	for ((i = 0; i < 3000; i++)); do
		! grep -q "$2" "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# ---- signals ----------------------------------------------------------------------------

# live [WORD...]: starts it without a COMMAND, and returns when it observes; its pid is $pid.
live() {
	: >"$tmp/out"
	env --default-signal "$@" "$tool" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	until_there "$tmp/out" ^Observing
}

# ends STATUS: does it end by itself?
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
	result $? "SIG$signal does not, if it was ignored at the start" "$tmp/err" "$tmp/out"
done

# The line of /proc/PID/status as COMMAND has it without and with the tool.
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

# quiet_end STATUS WORD...: does it end with that, and say nothing?
quiet_end() {
	local wanted=$1

	shift
	timeout -k 5 300 "$@" 2>"$tmp/err"
	echo $? >"$tmp/status"
	[[ $(<"$tmp/status") == "$wanted" && ! -s $tmp/err ]]
}

# A pipe that nobody reads any more.
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
	result $? "$variant.bpftool: a closed stderr, too" "$tmp/out"
	timeout -k 5 300 "$tool" "${command[@]}" 2>"$tmp/err" >&- </dev/null
	[[ $? == 1 && $(<"$tmp/err") == "$variant.bpftool: stdout is closed" ]]
	result $? "$variant.bpftool: a closed stdout is refused" "$tmp/err"
	timeout -k 5 300 "$tool" "${command[@]}" <&- >&- 2>&-
	result $((! $?)) "$variant.bpftool: with all three closed"
	timeout -k 5 300 "$tool" "${command[@]}" >/dev/full 2>"$tmp/err" </dev/null
	[[ $? == 1 && $(<"$tmp/err") == "$variant.bpftool: cannot write to stdout: No space left on device" ]]
	result $? "$variant.bpftool: a full disk is said once" "$tmp/err"
	quiet_end 1 "$tool" "${command[@]}" </dev/null >&6
	result $? "$variant.bpftool: nobody reads it: the end, without a word" "$tmp/status" "$tmp/err"
	quiet_end 1 "$tool" -h >&6
	result $? "$variant.bpftool -h: nor that" "$tmp/status" "$tmp/err"
done
exec 6>&-
# Nothing happens: a cgroup of nobody.
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
result $? "and COMMAND with it" "$tmp/status" "$tmp/err"
exec 5<"$tmp/wanted"
"$tool" -f records -- sh -c 'cat <&5; ls /proc/$$/fd' >"$tmp/got" 2>"$tmp/err" </dev/null
grep -v ^exec "$tmp/got" | grep -v ^count >"$tmp/out"
{ exec 5<"$tmp/wanted"; sh -c 'cat <&5; ls /proc/$$/fd'; } </dev/null 2>/dev/null | diff - "$tmp/out" >"$tmp/log"
result $? "COMMAND has the descriptors of the user, and none of ours" "$tmp/log"
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
	result $? "bpftool $how is killed: that is said" "$tmp/err"
done
# COMMAND kills a child of the worker, or of the front.
cat >"$tmp/kill" <<-'END'
	parent() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }
	worker=$(parent $PPID) front=$(parent "$(parent $PPID)")
	for pid in $(cat "/proc/$worker/task/$worker/children" "/proc/$front/task/$front/children"); do
		! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "^[^ ]*$2" || kill "-$1" "$pid"
	done 2>/dev/null	# the first of these to end was cat itself
	/bin/true
END
reasons=('awk ' 'what writes to stdout was' 'bpftool map event_pipe ' 'bpftool map event_pipe has ended: it was'
	'bpf_attach ' 'bpf_attach had ended, so not all was observed: it was'
	'bpf_child gone ' 'bpf_child was' 'bpftool hold ' 'bpf_child was')
# A bpftool that cannot attach by itself, as that of Debian 12: then bpf_attach does it.
cat >"$tmp/older" <<-END
	#!/bin/bash
	[[ "\$*" == "prog help" ]] || exec "$real" "\$@"
	"$real" prog help 2>&1 | sed s/autoattach//g
END
chmod +x "$tmp/older"
for ((i = 0; i < ${#reasons[@]}; i += 2)); do
	for signal in KILL SEGV; do
		# Who holds COMMAND blocks all signals.
		[[ ${reasons[i]}$signal != *hold*SEGV ]] || continue
		BPFTOOL=$tmp/older timeout -k 5 300 "$tool" -- sh "$tmp/kill" $signal "${reasons[i]}" \
			>"$tmp/out" 2>"$tmp/err" </dev/null
		[[ $? == 1 && $(<"$tmp/err") =~ ^"execmon.bpftool: ${reasons[i + 1]} ended by signal "[0-9]+[^$'\n']*$ ]]
		result $? "SIG$signal for '${reasons[i]}': one line says so" "$tmp/err"
	done
done
pids=
for dir in /sys/fs/cgroup/pids "${at%/*}"; do
	mkdir "$dir/shell.$$" 2>/dev/null || continue
	[[ ! -e $dir/shell.$$/pids.max ]] || { pids=$dir/shell.$$; break; }
	rmdir "$dir/shell.$$"
done
if [[ $pids ]]; then
	# In the background: bash tries again for 15 seconds.
	(
		echo $BASHPID >"$pids/cgroup.procs"
		echo 3 >"$pids/pids.max"
		exec "$tool" -- true
	) >"$tmp/forks" 2>&1 </dev/null &
	forks=$!
fi

# ---- nothing stays --------------------------------------------------------------------------------

# in_namespace NS: the processes in a mount namespace.
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
for victim in front worker; do
	env "$mark" setsid "$bin/file_opens.bpftool" -n 0 -- sh -c "$many" >&4 2>"$tmp/err" </dev/null 4<&- &
	front=$!
	feeder=
	for ((i = 0; i < 3000; i++)); do
		# Who gives the rows to the decoder.
		for at in $(grep -lsz '^/sys/fs/bpf/rows$' /proc/[0-9]*/cmdline); do
			at=${at%/*}
			! grep -q '^cat$' "$at/comm" 2>/dev/null || [[ $(parent "$(parent "${at#/proc/}")") != "$front" ]] ||
				feeder=${at#/proc/}
		done
		[[ ! $feeder ]] || break
		kill -0 $front 2>/dev/null || break
		sleep 0.1
	done
	ns=$(readlink "/proc/$feeder/ns/mnt")
	[[ $feeder && $ns != "$(readlink /proc/self/ns/mnt)" ]]
	result $? "file_opens.bpftool: the last table waits" "$tmp/err"
	# shellcheck disable=SC2034 # by its name
	worker=$(parent "$feeder")
	kill -KILL "${!victim}"
	wait $front 2>/dev/null
	for ((i = 0; i < 600; i++)); do
		in_namespace "$ns" >"$tmp/left"
		[[ -s $tmp/left ]] || break
		sleep 0.1
	done
	[[ ! -s $tmp/left ]] && ! left >>"$tmp/left"
	result $? "file_opens.bpftool: then a SIGKILL of the $victim leaves nothing" "$tmp/left"
	cut -d: -f1 "$tmp/left" | xargs -r kill -KILL 2>/dev/null
done
exec 4<&-

# Docker does so: what time it is bpftool cannot say, and bash not to the nanosecond.
timeout -k 5 300 unshare --mount sh -c 'mount --bind /dev/null /proc/timer_list && exec "$0" -- true' \
	"$bin/file_opens.bpftool" >"$tmp/out" 2>"$tmp/err" </dev/null
[[ $? == 4 && $(<"$tmp/err") == "file_opens.bpftool: /proc/timer_list does not say what time it is: a container may hide it" ]]
result $? "file_opens.bpftool: a container that hides /proc/timer_list is refused" "$tmp/err"

# Whoever looks twice finds that the clock was set back by an hour: no wait may be as long.
printf '%s\n' '#define _GNU_SOURCE' '#include <sys/time.h>' '#include <time.h>' \
	'int gettimeofday(struct timeval *restrict t, void *restrict zone)' '{' \
	'static int looks;' '(void)zone;' 't->tv_sec = time(NULL) - 3600L * looks++;' \
	't->tv_usec = 0;' 'return 0;' '}' >"$tmp/back.c"
${CC:-cc} -std=gnu11 -shared -fPIC -o "$tmp/back.so" "$tmp/back.c" 2>"$tmp/err" &&
	LD_PRELOAD=$tmp/back.so timeout -k 5 100 "$bin/execmon.bpftool" -- true >"$tmp/out" 2>"$tmp/err" </dev/null
result $? "the clock is set back again and again" "$tmp/err"

# ---- a helper that is killed ----------------------------------------------------------------

# COMMAND's parent, before COMMAND is let go: it is the only bpf_child while a program is loaded.
cat >"$tmp/killer" <<'END'
#!/bin/bash
if [[ "$*" == "prog load "* ]]; then
	for child in $(</proc/$PPID/task/$PPID/children); do
		[[ $(<"/proc/$child/comm") != bpf_child ]] || kill -KILL "$child"
	done
	sleep 1
fi 2>/dev/null
exec "$REAL" "$@"
END
sed -i "s|\$REAL|$("$(dirname "$0")/../../legacy/lib/find_bpftool.sh" "$bin")|" "$tmp/killer"
chmod 755 "$tmp/killer"
for variant in execmon write_count; do
	BPFTOOL=$tmp/killer timeout -k 5 100 "$bin/$variant.bpftool" -- true >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 1 && $(<"$tmp/err") == "$variant.bpftool: bpf_child was ended by signal 9" ]]
	result $? "$variant.bpftool: what holds COMMAND is killed early: that is said" "$tmp/err"
done

# What helpers run is taken from here; the Nth to start is killed, as by the OOM killer.
# Then what it should have written is missing: that is said, and is the end; or somebody
# else does the same, and nothing is missing.
mkdir "$tmp/deadly"
printf '%s\n' '#!/bin/sh' 'n=1' "until $(command -v mkdir) $tmp/started.\$n 2>/dev/null; do n=\$((n + 1)); done" \
	'[ $n != "$(cat '"$tmp"'/victim)" ] || kill -KILL $$' >"$tmp/deadly/any"
for name in awk cat head mkdir mkfifo mount mv rm sed sleep sort stdbuf wc bpftool; do
	real=$(command -v "$name")
	[[ $name != bpftool ]] || real=$("$(dirname "$0")/../../legacy/lib/find_bpftool.sh" "$bin")
	{ cat "$tmp/deadly/any" && echo "exec $real \"\$@\""; } >"$tmp/deadly/$name"
	chmod 755 "$tmp/deadly/$name"
done
sed -i "s|(cat |($(command -v cat) |" "$tmp"/deadly/*

# But for what differs from run to run.
facts() { sed 's/"\(pid\|ppid\|unix_ms\|[a-z_]*_ns\)":[0-9]*/"\1":N/g; s/"pid":N.*"comm/"pid":N,"comm/' "$1" | grep -v syscall | sort; }

for variant in write_count-percpu file_opens syscall_count execmon; do
	for ((victim = 0; victim < 100; victim++)); do
		echo $victim >"$tmp/victim"
		BPFTOOL=$tmp/deadly/bpftool PATH=$tmp/deadly:$PATH timeout -k 5 100 "$bin/$variant.bpftool" \
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
			diff "$tmp/usual" "$tmp/got" >"$tmp/log" && [[ ! -s $tmp/err ]] || break
		else
			((status == 1 || status == 4)) && [[ $(grep -c "^$variant.bpftool: " "$tmp/err") == 1 ]] || break
		fi
	done
	echo "$variant: status $status with the ${victim}th helper killed, of more than 5" >>"$tmp/err"
	((victim > 5 && killed && !status))
	result $? "$variant.bpftool: a killed helper is the end, or changes nothing" "$tmp/err" "$tmp/log"
done

if [[ $pids ]]; then
	wait "$forks"
	[[ $? == 1 ]] && tail -n 1 "$tmp/forks" | grep -q '^execmon.bpftool: cannot start another process'
	result $? "too many processes: that is said" "$tmp/forks"
	rmdir "$pids"
else
	skipped "too many processes: that is said" "no cgroup has pids.max"
fi
echo "1..$tests"
exit $failed
