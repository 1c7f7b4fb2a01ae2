#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_inherited.sh - what a variant inherits from its parent must not change what it does:
# environment, locale, limits, mounts, names that are not valid text.  COMMAND must inherit
# all of it, and is observed from its first call on.
#
#	OUT=DIR test_inherited.sh	root, a built tree; prints KTAP

export LC_ALL=C
. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
cgroup=
trap '[[ ! $cgroup ]] || { kill "$writer"; wait "$writer"; rmdir "$cgroup"; }; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"

# Lists the variants of the families $@ that can run here.
able() {
	local family file

	for family; do
		for file in "$bin/$family"[.-]*; do
			case $file in *.workload | *.o | *-*.o) continue ;; esac
			timeout -k 5 300 "$file" -f records -- true >"$tmp/out" 2>"$tmp/err" </dev/null &&
				echo "${file##*/}"
		done
	done
}

# Runs a variant, for some minutes at most; its output in $tmp/out and err.
run() { timeout -k 5 300 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; }

[[ $EUID == 0 ]] && unshare --mount true 2>/dev/null || {
	echo "1..0 # SKIP needs root and mount namespaces"
	exit 4
}
mapfile -t execmons < <(able execmon)
[[ ${#execmons[@]} -gt 0 ]] || {
	echo "1..0 # SKIP no variant can run here: $(tail -n 1 "$tmp/err")"
	exit 4
}
echo "KTAP version 1"

# ---- the environment --------------------------------------------------------------------

# Variables of the scripts, variables that change bash, awk and others, and invalid names.
odd=(PATH="$PATH" "page=touch $tmp/touched" about=1 nobody=1 eager=1 silent=1 rates=1
	interval=x failed=1 control=9 cgroup=/ worker_of=1 bpftool_outside='1 2 3' dump_files=1
	flavour=-x merged=1 largest=1 of_what=1 scratch="$tmp" IFS=/ SHELLOPTS=errexit:noglob:posix
	BASHOPTS=extdebug BASH_ENV="$tmp/env" ENV="$tmp/env" BASH_XTRACEFD=1 BASH_COMPAT=3.1
	POSIXLY_CORRECT=1 TMOUT=1 FUNCNEST=1 OPTIND=7 SECONDS=9223372036854775807 GLOBIGNORE='*'
	CDPATH=/ GREP_OPTIONS=-v AWKPATH=/nowhere AWKLIBPATH=/nowhere TMPDIR=/nowhere
	EXECIGNORE='*' TERM=odd LANG=C.UTF-8 LANGUAGE=tr LC_NUMERIC=C.UTF-8 HOME=/nowhere
	PS4='$(touch '"$tmp/touched)" 'BASH_FUNC_read%%=() { exit 0; }'
	'BASH_FUNC_exec%%=() { exit 0; }' 'BASH_FUNC_bpftool%%=() { exit 0; }'
	'no name=1' 'empty=' 'lines=1'$'\n''2' LINES=1 COLUMNS=1 _=odd PWD=/nowhere OLDPWD=/x SHLVL=7)
echo "touch $tmp/touched" >"$tmp/env"
printf '%s\0' "${odd[@]}" >"$tmp/wanted"
for variant in "${execmons[@]}"; do
	env -i "${odd[@]}" timeout -k 5 300 "$bin/$variant" -f records -- \
		cp /proc/self/environ "$tmp/got" >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 0 && ! -s $tmp/err && ! -e $tmp/touched ]] && grep -q '^count execs=1 comm=cp' "$tmp/out"
	result $? "$variant: no variable changes what it does" "$tmp/err" "$tmp/out"
	cmp "$tmp/wanted" "$tmp/got" >"$tmp/log" 2>&1
	result $? "$variant: COMMAND gets all of them"
	rm -f "$tmp/got" "$tmp/touched"
done

# Locales in which numbers have a comma, or I is not the capital of i.
made=
for locale in de_DE tr_TR; do
	mkdir -p "$tmp/locale"
	localedef -i $locale -f UTF-8 "$tmp/locale/$locale.UTF-8" 2>/dev/null || continue
	made=1
	for variant in $(able syscall_count write_count file_opens); do
		run env LOCPATH="$tmp/locale" LC_ALL=$locale.UTF-8 "$bin/$variant" -- ls -l /
		[[ $? == 0 && ! -s $tmp/err ]] && ! grep -q '[0-9],[0-9]' "$tmp/out" &&
			! grep -v '[ -~]' "$tmp/out" | grep .
		result $? "$variant: its output is the same under $locale" "$tmp/err" "$tmp/out"
	done
done
[[ $made ]] || skipped "other locales" "localedef cannot make one here (package locales)"

# ---- names ------------------------------------------------------------------------------

# Pairs of a name and how it must be in JSON.
names=(plain plain $'caf\xc3\xa9' $'caf\xc3\xa9' $'\xf0\x9f\x90\x9d' $'\xf0\x9f\x90\x9d'
	$'\xf4\x8f\xbf\xbf' $'\xf4\x8f\xbf\xbf' $'\xee\x80\x80' $'\xee\x80\x80' $'\x7f' $'\x7f'
	$'\xff' '\udcff' $'a\xc3' 'a\udcc3' $'\xc3(' '\udcc3(' $'\x80' '\udc80'
	$'\xc0\xaf' '\udcc0\udcaf' $'\xc1\xbf' '\udcc1\udcbf' $'\xe0\x9f\xbf' '\udce0\udc9f\udcbf'
	$'\xed\xa0\x80' '\udced\udca0\udc80' $'\xf0\x8f\xbf\xbf' '\udcf0\udc8f\udcbf\udcbf'
	$'\xf4\x90\x80\x80' '\udcf4\udc90\udc80\udc80' $'\xf5\x80' '\udcf5\udc80'
	$'\xe2\x82' '\udce2\udc82' $'\xe2\x82\xc3\xa9' $'\\udce2\\udc82\xc3\xa9'
	'"' '\"' '\' '\\' $'\t' '\u0009' $'\x1f' '\u001f' 'a b' 'a b')
mkdir "$tmp/names"
for ((i = 0; i < ${#names[@]}; i += 2)); do
	ln -s /bin/true "$tmp/names/${names[i]}"
done
for variant in "${execmons[@]}"; do
	# shellcheck disable=SC2016
	run "$bin/$variant" --json -- bash -c 'for file in "$0"/*; do "$file"; done' "$tmp/names"
	bad=$?
	for ((i = 1; i < ${#names[@]}; i += 2)); do
		grep -aqF "\"file\":\"$tmp/names/${names[i]}\"" "$tmp/out" && continue
		echo "not found: ${names[i]}" | cat -v >>"$tmp/err"
		bad=1
	done
	result $bad "$variant --json: UTF-8 is unchanged, other bytes can be recovered" \
		"$tmp/err"
done

# ---- limits and mounts -----------------------------------------------------------------------

for variant in "${execmons[@]}"; do
	# shellcheck disable=SC2016
	(ulimit -S -f 1 && run "$bin/$variant" -f records -- \
		sh -c 'ulimit -f >"$0"; i=0; while [ $((i += 1)) -le 30 ]; do /bin/true; done' "$tmp/limit")
	[[ $? == 1 && $(tail -n 1 "$tmp/err") == "$variant: cannot write to stdout: File too large" ]]
	result $? "$variant: a file that gets too large is a failure, with the reason" "$tmp/err"
	[[ $(<"$tmp/limit") == 2 ]]	# in units of 512 bytes
	result $? "$variant: COMMAND has the limit on files, too" "$tmp/limit"

	# A path with the characters that mountinfo escapes, and a digit behind one.
	# shellcheck disable=SC2016
	run unshare --mount sh -c '
		umount -a -t cgroup2 && mkdir "$1" && mount -t cgroup2 none "$1" &&
		"$0" -f records -- true && ! ls -d "$1"/bpf_evolution.$$.* 2>/dev/null' \
		"$bin/$variant" "$tmp/at "$'1\t2\\040%s'"$variant"
	result $? "$variant: cgroup2 at a path with special characters" "$tmp/err"

	at=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	# shellcheck disable=SC2016
	run "$bin/$variant" -f records -- sh -c 'echo $$ >"$0"/cgroup.procs; /bin/false' "$at"
	grep -q "^$variant: the command has left its cgroup .*bpf_evolution" "$tmp/err"
	result $? "$variant: it says that COMMAND has left its cgroup" "$tmp/err"
	run "$bin/$variant" -f records -- sh -c 'exit 0' && [[ ! -s $tmp/err ]]
	result $? "$variant: it says nothing if COMMAND stays" "$tmp/err"

	# Only bash itself may write a line about it.
	# shellcheck disable=SC2016
	run sh -c 'mkdir "$1" && cd "$1" && rmdir "$1" && exec "$0" -f records -- readlink /proc/self/cwd' \
		"$bin/$variant" "$tmp/removed"
	[[ $? == 0 ]] && ! grep -v '^shell-init: ' "$tmp/err" && [[ $(wc -l <"$tmp/err") -le 1 ]] &&
		grep -q '/removed (deleted)$' "$tmp/out" && grep -q '^count execs=1 comm=readlink' "$tmp/out"
	result $? "$variant: it runs in a directory that was removed" "$tmp/err" "$tmp/out"

	run env PATH=/nowhere:/nor/here:/bin:/usr/bin "$bin/$variant" -f records -- surely-not-there
	[[ $? == 1 && $(<"$tmp/err") == "$variant: cannot run surely-not-there: No such file or directory" &&
		! -s $tmp/out ]]
	result $? "$variant: a COMMAND that does not exist" "$tmp/err" "$tmp/out"
done

# ---- COMMAND and nothing else -------------------------------------------------------------------

# A program without a dynamic linker, which makes only few calls, such as brk(2) and write(2).
quiet=$bin/trace_output.workload
# It makes these itself, in samples/lib/inherit.c.
own='syscall enters=3 fcntl
syscall enters=3 rt_sigaction
syscall enters=2 rt_sigprocmask'
for variant in $(able syscall_count); do
	run "$bin/$variant" -f records -- "$quiet" --not-an-option
	cp "$tmp/out" "$tmp/direct"
	run env PATH="/nowhere:/nor/here:/nor/there:${quiet%/*}:$PATH" "$bin/$variant" -f records -- \
		"${quiet##*/}" --not-an-option
	sed -n 's/^\(syscall enters=[0-9]*\) .*name=/\1 /p' "$tmp/direct" >"$tmp/calls"
	sed -n 's/^\(syscall enters=[0-9]*\) .*name=/\1 /p' "$tmp/out" | diff "$tmp/calls" - >"$tmp/log"
	result $? "$variant: a long PATH adds no calls"
	grep -q '^syscall enters=1 execve$' "$tmp/calls"
	result $? "$variant: one execve(2)" "$tmp/calls"
	if readelf -l "$quiet" | grep -q INTERP; then
		skipped "$variant: no call of the process that starts COMMAND" "$quiet is not linked statically"
		continue
	fi
	! grep -E '=[1-9][0-9]* (close|close_range|dup.?|fcntl|openat|.*stat.*|f?access.*|rt_sig.*|prctl|set.*|get[pus].*|poll|ppoll|kill|wait.*|clone.*|chdir|fchdir|chroot|unshare)$' \
		"$tmp/calls" | grep -v 'set_tid_address\|set_robust_list' | grep -vxF "$own" >"$tmp/log"
	result $? "$variant: no call of the process that starts COMMAND"
done

# ---- a cgroup ---------------------------------------------------------------------------------------

cgroup=$at/inherited.$$
mkdir "$cgroup" && {
	(
		echo $BASHPID >"$cgroup/cgroup.procs"
		while :; do echo; read -rt 0.05; done <> <(:) >/dev/null
	) &
	writer=$!
	for variant in $(able write_count); do
		# Removes what the last variant wrote: the child may be late to open the file.
		: >"$tmp/out"
		env --default-signal=INT "$bin/$variant" -i 1 -c "$cgroup" >"$tmp/out" 2>"$tmp/err" </dev/null &
		pid=$!
		for ((i = 0; i < 3000; i++)); do
			! grep -q "^ *[1-9].* $writer  " "$tmp/out" || break
			kill -0 $pid 2>/dev/null || break
			sleep 0.1
		done
		kill -INT $pid
		timeout 300 tail --pid=$pid -f /dev/null || kill -KILL $pid
		wait $pid
		[[ $? == 0 && $i -lt 3000 ]] && grep -q '^Observing the tasks of the cgroup; ^C ends.$' "$tmp/out"
		result $? "$variant -c DIR: it shows a table at each refresh" "$tmp/out" "$tmp/err"
	done
}
echo "1..$tests"
exit $failed
