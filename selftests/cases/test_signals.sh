#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_signals.sh - checks what a variant and the runner inherit from their parent:
# ignored and blocked signals, closed descriptors, a limit on files, a reader that
# goes away.
#
# A signal that was ignored stays ignored, and COMMAND starts with the same signals and
# descriptors as the variant; what the variant needs for itself does not depend on its
# parent.
#
#	OUT=DIR test_signals.sh		root, a built tree; prints KTAP

. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"
. "$(dirname "$0")/check-leaks.sh"
export "${mark?}"

# Writes its pid to the FIFO $0, waits for a line from $1, ends with status 5.
# shellcheck disable=SC2016 # for COMMAND
waits='echo $$ >"$0"; read -r _ <"$1"; exit 5'

# Starts it with a COMMAND that waits, and returns when COMMAND runs: then the variant is
# $pid, COMMAND is $command, and what they write is in $tmp/out and $tmp/err.  ${as[@]}, if
# it is set, starts COMMAND.  `begin ENV-OPTION... VARIANT`.
begin()
{
	rm -f "$tmp/runs" "$tmp/go"
	mkfifo -m 666 "$tmp/runs" "$tmp/go"
	env --default-signal "${@:1:$#-1}" "$bin/${*: -1}" -f records -- \
		"${as[@]}" bash -c "$waits" "$tmp/runs" "$tmp/go" >"${stdout:-$tmp/out}" 2>"$tmp/err" 7>&- &
	pid=$!
	read -t 300 -r command <>"$tmp/runs"
}

# Waits for its end, for some minutes at most; sets $status.
finish()
{
	timeout 300 tail --pid="$pid" -f /dev/null
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
}

# Are its status and its only line on stderr as given?  `said STATUS [LINE]`.
# shellcheck disable=SC2317 # called by ok
said()
{
	[[ $status == "$1" && $(<"$tmp/err") == "${2-}" ]] && return
	echo "status $status"
	cat "$tmp/err"
	return 1
}

variants=()
for variant in execmon.raw execmon.libbpf execmon.skel execmon.bpftool; do
	timeout 300 "$bin/$variant" -- true >"$tmp/out" 2>"$tmp/err" && variants+=("$variant")
done
[[ ${#variants[@]} -gt 0 ]] || {
	echo "test_signals.sh: no variant of execmon can run here: $(tail -n 1 "$tmp/err")" >&2
	exit 4
}
"$bin/equiv" -n 10 execmon >/dev/null 2>&1
[[ $? == 4 ]] || runner=yes

echo "KTAP version 1"
as=(setpriv --reuid 65534 --clear-groups)
chmod 711 "$tmp"
"${as[@]}" true 2>"$tmp/err" || as=()
for variant in "${variants[@]}"; do
	[[ ${#as[@]} -gt 0 ]] || {
		skipped "$variant: a command of another user" "no other user can run a program here: $(tail -n 1 "$tmp/err")"
		continue
	}
	# The kernel forgets that a process is to die with its parent when it becomes another user.
	begin "$variant"
	kill -TERM $pid
	finish
	[[ $command ]] && ! kill -0 "$command" 2>/dev/null && said 0 >"$tmp/log"
	result $? "$variant: ends a command of another user"

	begin setpriv --bounding-set=-kill --inh-caps=-kill "$variant"
	kill -TERM $pid
	finish
	said 0 "$variant: cannot end the command, which goes on as process $command: Operation not permitted" \
		>"$tmp/log" && kill -KILL "$command"
	result $? "$variant: says that it may not end a command of another user"
done
as=()

for variant in "${variants[@]}"; do
	# ---- signals
	for signal in INT TERM HUP QUIT; do
		begin "$variant"
		kill -$signal $pid
		finish
		ok "$variant: SIG$signal ends it" said 0

		begin --ignore-signal=$signal "$variant"
		kill -$signal $pid
		echo >"$tmp/go"
		finish
		ok "$variant: SIG$signal does not end it, if it is ignored" \
			said 0 "$variant: the command exited with status 5"
	done
	begin --block-signal=TERM "$variant"
	kill -TERM $pid
	echo >"$tmp/go"
	finish
	ok "$variant: a signal that is blocked does not end it" \
		said 0 "$variant: the command exited with status 5"

	timeout 300 env --ignore-signal=CHLD "$bin/$variant" -f records -- sh -c 'exit 5' \
		>"$tmp/out" 2>"$tmp/err"
	status=$?
	ok "$variant: gets the status of its child, even if SIGCHLD is ignored" \
		said 0 "$variant: the command exited with status 5"

	for options in "--default-signal" \
		"--ignore-signal=HUP,INT,QUIT,PIPE,CHLD,USR1,XFSZ --block-signal=TERM,USR2"; do
		# shellcheck disable=SC2086 # several words
		env $options grep "^Sig[BI]" /proc/self/status >"$tmp/want"
		# shellcheck disable=SC2086
		env $options "$bin/$variant" -f records -- grep "^Sig[BI]" /proc/self/status \
			2>"$tmp/err" | grep ^Sig >"$tmp/out"
		ok "$variant: the command has its signals: $options" diff "$tmp/want" "$tmp/out"
	done

	# ---- descriptors
	timeout 300 "$bin/$variant" -f records -- true >&- 2>"$tmp/err"
	status=$?
	ok "$variant: stdout is closed" said 1 "$variant: stdout is closed"
	timeout 300 "$bin/$variant" -h >&- 2>"$tmp/err"
	status=$?
	ok "$variant -h: stdout is closed" said 1 "$variant: stdout is closed"
	timeout 300 "$bin/$variant" -f records -- true <&- >&- 2>&-
	status=$? && : >"$tmp/err"
	ok "$variant: all three are closed" said 1
	timeout 300 "$bin/$variant" -f records -- readlink /proc/self/fd/0 /proc/self/fd/2 \
		<&- 2>&- >"$tmp/out"
	status=$?
	[[ $status == 0 && $(grep -c '^/dev/null$' "$tmp/out") == 2 ]] &&
		grep -q '^exec .*comm=readlink ' "$tmp/out"
	result $? "$variant: a closed stdin and stderr are /dev/null" "$tmp/out"

	(
		ulimit -f 0
		timeout 300 "$bin/$variant" -f records -- true >"$tmp/out"
		echo "status $?"
	) 2>&1 | cat >"$tmp/log"
	printf '%s\n' "$variant: cannot write to stdout: File too large" "status 1" >"$tmp/want"
	cmp -s "$tmp/want" "$tmp/log"
	result $? "$variant: says that a limit on files was reached"

	# ---- a reader that goes away
	rm -f "$tmp/read"
	mkfifo "$tmp/read"
	exec 7<>"$tmp/read"
	stdout=$tmp/read begin "$variant"
	exec 7>&-
	finish
	ok "$variant: ends when its reader ends, though nothing happens" said 1
	# COMMAND goes on when the reader is gone, which may be before its shell has started.
	exec 7<>"$tmp/go"
	# shellcheck disable=SC2016 # for COMMAND
	timeout 300 "$bin/$variant" -f records -- \
		bash -c 'read -r _ <"$0"; for i in {1..99}; do /bin/true; done; exit 5' "$tmp/go" \
		2>"$tmp/err" 7>&- | { head -n 1 >"$tmp/out"; exec <&-; echo >&7; }
	status=${PIPESTATUS[0]}
	exec 7>&-
	ok "$variant | head -n 1: ends without a message" said 1
	timeout 300 "$bin/$variant" -h 2>"$tmp/err" | :
	status=${PIPESTATUS[0]}
	[[ $status == 0 ]] || ok "$variant -h: ends without a message" said 1
done

# ---- the runner
if [[ ! ${runner-} ]]; then
	skipped "the runner" "it can compare nothing here"
	echo "1..$tests"
	exit $failed
fi
equiv=("$bin/equiv" -f ktap -n 20)
timeout 300 env --ignore-signal=CHLD,PIPE --block-signal=USR1,CHLD "${equiv[@]}" execmon syscall_count \
	>"$tmp/log" 2>&1
result $? "equiv: SIGCHLD is ignored"

# Sends the runner a signal once a variant is ready: `hit SIGNAL ENV-OPTION...`.
hit()
{
	rm -f "$tmp/steps"
	mkfifo "$tmp/steps"
	env --default-signal "${@:2}" "${equiv[@]}" -v execmon >"$tmp/out" 2>"$tmp/steps" &
	pid=$!
	exec {steps}<"$tmp/steps"
	while read -r line <&"$steps" && [[ $line != *": > ready" ]]; do :; done
	kill "-$1" $pid
	cat <&"$steps" >"$tmp/err"
	exec {steps}<&-
	finish
}
for signal in HUP QUIT TERM; do
	hit $signal
	[[ $status == 1 ]] && grep -q "^equiv: ended by signal $(kill -l $signal) " "$tmp/err"
	result $? "equiv: SIG$signal ends it" "$tmp/err"
	hit $signal --ignore-signal=$signal
	[[ $status == 0 ]]
	result $? "equiv: SIG$signal does not end it, if it is ignored" "$tmp/err"
done
# A guard that is not scheduled for a while after it has started the runner.
cat >"$tmp/late.c" <<'END'
#include <dlfcn.h>
#include <unistd.h>

pid_t fork(void)
{
	static int forked;
	int first = !forked++;
	pid_t pid = ((pid_t (*)(void))dlsym(RTLD_NEXT, "fork"))();

	if (first && pid > 0)
		for (int left = 5; left; left = sleep(left))
			;
	return pid;
}
END
${CC:-cc} -D_GNU_SOURCE -std=gnu11 -shared -fPIC -o "$tmp/late.so" "$tmp/late.c" -ldl || exit 1
hit HUP LD_PRELOAD="$tmp/late.so"
[[ $status == 1 ]] && grep -q "^equiv: ended by signal 1 " "$tmp/err"
result $? "equiv: SIGHUP ends it before its guard waits for it" "$tmp/err"
for options in "--default-signal" "--ignore-signal=HUP,PIPE,CHLD,XFSZ --block-signal=TERM,USR2"; do
	# shellcheck disable=SC2016 # for COMMAND
	signals=(bash -c 'grep ^Sig[BI] /proc/self/status >"$0"')
	# shellcheck disable=SC2086 # several words
	env $options "${signals[@]}" "$tmp/want"
	# shellcheck disable=SC2086
	timeout 300 env $options "${equiv[@]}" execmon -- "${signals[@]}" "$tmp/out" >"$tmp/log" 2>&1
	ok "equiv: the command has its signals: $options" diff "$tmp/want" "$tmp/out"
done

timeout 300 "${equiv[@]}" -l >&- 2>"$tmp/err"
status=$?
ok "equiv: stdout is closed" said 1 "equiv: stdout is closed"
(ulimit -f 0 && timeout 300 "${equiv[@]}" execmon) 2>&1 | cat >"$tmp/log"
grep -q "^equiv: files may have 0 bytes only" "$tmp/log"
result $? "equiv: says that there is a limit on files"
timeout 300 "${equiv[@]}" execmon <&- 2>&- >"$tmp/log"
result $? "equiv: a closed stdin and stderr change nothing"
timeout 300 "${equiv[@]}" -r 1000 execmon 2>"$tmp/err" | head -n 1 >"$tmp/out"
status=${PIPESTATUS[0]}
ok "equiv | head -n 1: ends at once, without a message" said 1
! left >"$tmp/log"
result $? "nothing is left"

echo "1..$tests"
exit $failed
