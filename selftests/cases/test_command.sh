#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_command.sh - `X -- COMMAND` observes COMMAND and nothing else: not the search
# for it, nor what prepares it.  A COMMAND that cannot be run is refused before anything is
# attached; one that leaves its cgroup is no longer observed, and the variant says so.
#
#	OUT=DIR test_command.sh		root, a built tree; prints KTAP

. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
dir='' pid=''
# shellcheck disable=SC2317 # called by the trap
clean()
{
	[[ ! $pid ]] || kill -KILL "$pid"
	[[ ! $dir ]] || rmdir "$dir"
	rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"

# The variants of FAMILY that can run here, flavours too.
variants_of()
{
	local file

	for file in "$bin/$1"*.{raw,bpftool,libbpf,skel}; do
		timeout 300 "$file" -- true >"$tmp/out" 2>"$tmp/err" && echo "${file##*/}"
	done
}

# run STATUS OUT ERR VARIANT... -- COMMAND: does it end with STATUS, and write exactly OUT and
# ERR to stdout and stderr?
# shellcheck disable=SC2317 # called by ok
run()
{
	local status

	printf '%s' "${2:+$2$'\n'}" >"$tmp/want.out"
	printf '%s' "${3:+$3$'\n'}" >"$tmp/want.err"
	timeout 300 env PATH="${path-$PATH}" "$bin/$4" "${@:5}" >"$tmp/out" 2>"$tmp/err"
	status=$?
	# Pids differ from run to run.
	sed -i 's/ p*pid=[0-9]*//g' "$tmp/out"
	diff "$tmp/want.out" "$tmp/out" && diff "$tmp/want.err" "$tmp/err" && [[ $status == "$1" ]] && return
	echo "status $status"
	return 1
}

mapfile -t execmon < <(variants_of execmon)
[[ ${#execmon[@]} -gt 0 ]] || {
	echo "test_command.sh: no variant of execmon can run here: $(tail -n 1 "$tmp/err")" >&2
	exit 4
}

# A program that makes one system call, exit_group(0).
tiny=$tmp/tiny
cat >"$tiny.c" <<'END'
void _start(void)
{
#if defined(__x86_64__)
	asm volatile("xor %edi, %edi; mov $231, %eax; syscall");
#elif defined(__aarch64__)
	asm volatile("mov x0, 0; mov x8, 94; svc 0");
#elif defined(__s390x__)
	asm volatile("lghi %r2, 0; svc 248");
#else
#error "how does this architecture call exit_group(0)?"
#endif
}
END
${CC:-cc} -std=gnu11 -O2 -static -nostdlib -o "$tiny" "$tiny.c" || exit 1

mkdir "$tmp"/{first,second,third}
echo "exit 7" >"$tmp/third/plain"
chmod 755 "$tmp/third/plain"
echo "exit 8" >"$tmp/second/plain"	# may not be executed
printf '#!%s/no-such -x\n' "$tmp" >"$tmp/bad"
printf '#!/bin/sh\r\nexit 0\r\n' >"$tmp/windows"
printf '#! \nexit 9\n' >"$tmp/nameless"
printf '#!/%0300d\nexit 9\n' 0 >"$tmp/long"
chmod 755 "$tmp"/{bad,windows,nameless,long}
export PATH=$PATH:$tmp/none:$tmp/first:$tmp/second:$tmp/third

# A child that takes long from "held" to the call in which it waits, as on a busy machine.
# It is busy all the time: it must not sleep anywhere but in that call.
cat >"$tmp/late.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
static pid_t first;
__attribute__((constructor)) static void begin(void) { first = getpid(); }
static void late(void)
{
	clock_t end = clock() + CLOCKS_PER_SEC / 2;

	while (first && getpid() != first && clock() < end)
		;
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	ssize_t (*real)(int, void *, size_t, int) = dlsym(RTLD_NEXT, "recv");
	late();
	return real(fd, buf, size, flags);
}

ssize_t read(int fd, void *buf, size_t size)
{
	ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
	late();
	return real(fd, buf, size);
}
END
${CC:-cc} -std=gnu11 -shared -fPIC -o "$tmp/late.so" "$tmp/late.c" || exit 1

echo "KTAP version 1"
# The call in which it waits: that began before it was observed.
waits=recvfrom
[[ $(uname -m) != s390x ]] || waits=socketcall
for variant in $(variants_of syscall_count); do
	for command in "$tiny" tiny late; do
		[[ $command != late ]] || { command=tiny; export LD_PRELOAD=$tmp/late.so; }
		PATH=/nowhere:$PATH:$tmp timeout 300 "$bin/$variant" --json -- "$command" \
			>"$tmp/log" 2>&1
		late=${LD_PRELOAD:+, which is late}
		unset LD_PRELOAD
		sed -n 's/^{"kind":"syscall","enters":\([0-9]*\),"exits":\([0-9]*\),.*"name":"\([^"]*\)"}$/\3 \1 \2/p' \
			"$tmp/log" | sort >"$tmp/out"
		printf '%s\n' "execve 1 1" "exit_group 1 0" "$waits 0 1" >"$tmp/want"
		ok "$variant: no call but those of the command ($([[ $command == /* ]] || echo "not " )by its path$late)" \
			diff "$tmp/want" "$tmp/out"
	done
done
for family in write_count file_opens; do
	for variant in $(variants_of $family); do
		"$bin/$variant" -f records -- "$tiny" >"$tmp/log" 2>&1
		[[ $? == 0 && ! -s $tmp/log ]]
		result $? "$variant: no records of a command that does nothing"
	done
done

for variant in "${execmon[@]}"; do
	sh="count execs=1 comm=sh"
	ok "$variant: no such command" \
		run 1 "" "$variant: cannot run no-such: No such file or directory" \
		"$variant" -f records -- no-such
	ok "$variant: no such file" \
		run 1 "" "$variant: cannot run $tmp/none: No such file or directory" \
		"$variant" -f records -- "$tmp/none"
	ok "$variant --: no command at all" \
		run 1 "" "$variant: there is no command after --" "$variant" --
	ok "$variant: no name at all" \
		run 1 "" "$variant: cannot run : No such file or directory" "$variant" -- ""
	ok "$variant: a directory" \
		run 1 "" "$variant: cannot run $tmp: Permission denied" "$variant" -- "$tmp"
	ok "$variant: a file that may not be executed" \
		run 1 "" "$variant: cannot run $tmp/second/plain: Permission denied" \
		"$variant" -- "$tmp/second/plain"
	ok "$variant: a script without its interpreter" \
		run 1 "" "$variant: cannot run $tmp/bad: its interpreter $tmp/no-such: No such file or directory" \
		"$variant" -- "$tmp/bad"
	ok "$variant: a script with the line ends of Windows" \
		run 1 "" "$variant: cannot run $tmp/windows: its interpreter /bin/sh: a carriage return follows (the script has the line ends of Windows)" \
		"$variant" -- "$tmp/windows"
	# The kernel does not take these for scripts, and so execvp(3) passes them to the shell.
	for script in nameless long; do
		ok "$variant: a script whose #! is $script" \
			run 0 "$(printf '%s\n' "exec uid=0 comm=sh file=/bin/sh" "$sh")" \
			"$variant: the command exited with status 9" "$variant" -f records -- "$tmp/$script"
	done
	# execvp(3) goes on to the next directory, and passes the file there to the shell.
	ok "$variant: a script without #!, the second one of that name in PATH" \
		run 0 "$(printf '%s\n' "exec uid=0 comm=sh file=/bin/sh" "$sh")" \
		"$variant: the command exited with status 7" "$variant" -f records -- plain
	cd "$tmp/third" || exit 1
	path='' ok "$variant: an empty PATH is the current directory" \
		run 0 "$(printf '%s\n' "exec uid=0 comm=sh file=/bin/sh" "$sh")" \
		"$variant: the command exited with status 7" "$variant" -f records -- plain
	cd - >/dev/null || exit 1
done

# ---- cgroups
root=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
for variant in "${execmon[@]}"; do
	# shellcheck disable=SC2016 # for COMMAND
	timeout 300 "$bin/$variant" -f records -- sh -c 'echo $$ >"$0/cgroup.procs"; exec true' "$root" \
		>"$tmp/out" 2>"$tmp/err"
	[[ $? == 0 && $(<"$tmp/err") == "$variant: the command has left its cgroup $root/bpf_evolution."*"; what it did from then on was not observed" ]]
	result $? "$variant: a command that leaves its cgroup" "$tmp/err"
	timeout 300 "$bin/$variant" -f records -- sh -c 'true' >"$tmp/out" 2>"$tmp/err"
	[[ $? == 0 && ! -s $tmp/err ]]
	result $? "$variant: a command that stays in its cgroup" "$tmp/err"
done

mkdir "$root/test_command.$$" && dir=$root/test_command.$$
cd "$dir" && rmdir "$dir" || exit 1
for variant in "${execmon[@]}"; do
	ok "$variant -c DIR: a cgroup that was removed" \
		run 1 "" "$variant: the cgroup . has been removed" "$variant" -c .
done
cd - >/dev/null && mkdir "$dir" || exit 1
for variant in "${execmon[@]}"; do
	ok "$variant -c: an empty name does not mean everybody" \
		run 1 "" "$variant: cannot open the cgroup : No such file or directory" "$variant" -c ''
	ok "$variant -c: a directory that does not exist" \
		run 1 "" "$variant: cannot open the cgroup /nowhere: No such file or directory" \
		"$variant" -c /nowhere
	ok "$variant -c: the name --" \
		run 1 "" "$variant: cannot open the cgroup --: No such file or directory" "$variant" -c --
	ok "$variant -c: a name like an option" \
		run 1 "" "$variant: cannot open the cgroup -x: No such file or directory" "$variant" -c -x
	ok "$variant -c: a file" \
		run 1 "" "$variant: cannot open the cgroup $tiny: Not a directory" "$variant" -c "$tiny"
	ok "$variant -c: a directory that is no cgroup" \
		run 1 "" "$variant: $tmp is not a cgroup2 directory" "$variant" -c "$tmp"
done
for variant in $(variants_of write_count); do
	# Removes what the last variant wrote, so that the kill below does not come before this
	# one is executed: it would hit a bash that still has the traps of this script.
	: >"$tmp/out"
	"$bin/$variant" -c "$dir" -i 1 --json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	for ((i = 0; i < 3000; i++)); do
		! grep -q '"refresh":2,' "$tmp/out" || break
		sleep 0.1
	done
	kill $pid
	wait $pid
	[[ $? == 0 && $i -lt 3000 ]]
	result $? "$variant -c DIR -i 1: a table each second" "$tmp/out" "$tmp/err"
	pid=
done
echo "1..$tests"
exit $failed
