#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_vm.sh - does vm.sh report correctly how a guest ended?
#
# Every test in a guest depends on vm.sh: on its exit status, its output and its
# claim that the kernel log is clean.  So this test causes each failure that a
# guest can have, with the default kernel, and no failure may leave a qemu
# behind.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
vm=$here/vm.sh
. "$here/cache.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/suite"
mark=vm_test=$$		# on the command line of each qemu started here
n=0
failed=0
plan=20

# guest [vm.sh's options] -- COMMAND: output in $tmp/out and err, status in $rc.
guest() {
	"$vm" -d "$tmp/suite" -a "$mark" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# Lists processes with the mark on their command line: vm.sh and qemu, not this grep.
leftover() {
	grep -slz "vm_tes[t]=$$\$" /proc/[0-9]*/cmdline
}

# ok NAME CONDITION...: one test; what the last guest said explains a failure.
ok() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
		return
	fi
	failed=1
	echo "not ok $n - $name"
	{
		echo "failed: $*, status $rc"
		head -c 2000 "$tmp/out"
		tail -n 20 "$tmp/err"
	} | tr -cd '[:print:]\n' | sed 's/^/# /'
}

# fails WORDS...: status 1, with a line that has these words.
fails() { [ "$rc" -eq 1 ] && grep -q "^vm.sh: .*$*" "$tmp/err"; }
gone() { ! leftover >>"$tmp/err"; }
status() { [ "$rc" -eq "$1" ]; }
clean() { status 0 && [ ! -s "$tmp/err" ]; }

echo "KTAP version 1"
guest -- true		# fetches the kernel, too
if [ "$rc" -eq 4 ]; then
	echo "1..0 # SKIP $(tail -n 1 "$tmp/err")"
	exit 4
fi
echo "1..$plan"

guest -- true
ok "status 0, and nothing on stderr" clean
for s in 1 4 77; do
	guest -- sh -c "exit $s"
	ok "status $s passes through" status $s
done

pieces() { [ "$(cat "$tmp/out")" = "<a b><it's><\$HOME><><*>" ]; }
guest -- printf '<%s>' 'a b' "it's" '$HOME' '' '*'
ok "arguments arrive as they are" pieces

same() { cmp "$tmp/out" "$tmp/suite/data" >&2 && cmp "$tmp/err" "$tmp/suite/more"; }
head -c 1000000 /dev/urandom >"$tmp/suite/data"
head -c 100000 /dev/urandom >"$tmp/suite/more"
guest -c 2 -- sh -c 'cat more >&2 & cat data; wait'
ok "1 MB of any bytes on stdout, and stderr beside it" same
rm "$tmp/suite"/*

two() { [ "$(cat "$tmp/out")" = 2 ]; }
guest -c 2 -- nproc
ok "-c 2 gives two CPUs" two

guest -t 2 -- sleep 1000
ok "a command that hangs is ended" fails "did not end within 2 s"
ok "its qemu is ended, too" gone

guest -- sh -c 'echo c >/proc/sysrq-trigger'
ok "a panic is a failure" fails "died before the command had ended"

# Prints a call trace as a warning of the kernel does, without the line that warns.
guest -- sh -c 'echo l >/proc/sysrq-trigger'
ok "a call trace in the kernel log is a failure" fails "kernel log"

guest -- sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at a/test.c:1" >/dev/kmsg; echo "WARNING: not the kernel"'
ok "a warning in the kernel log is a failure" fails "kernel log"

# A service has no HOME, and finds the same cache as make does.
same_cache() {
	local home
	home=$(unset HOME; echo ~)
	set -- env -u HOME -u XDG_CACHE_HOME -u BPF_EVOLUTION_CACHE
	"$@" "$vm" -h | grep -qF "($home/.cache/bpf_evolution)" &&
		"$@" "$here/fetch.sh" -h | grep -qF "$home/.cache/bpf_evolution" &&
		"$@" make -s -C "$here/../.." --eval='where:; @echo $(LIBBPF0_DIR)' where |
			grep -q "^$home/.cache/bpf_evolution/"
}
ok "without HOME the cache is in the home directory of the user database" same_cache

# vm.sh looks at the guest's clock at each boot.
guest -a "tsc_early_khz=200000 $mark" -- true
ok "the guest's clock is right where the kernel is wrong about the TSC" clean

# The same, without the options of the kernel that make the clock right.
cp -r "$here/." "$tmp/guest"
sed -i 's/"clocksource=hpet tsc=unstable /"tsc=reliable /' "$tmp/guest/vm.sh"
vm=$tmp/guest/vm.sh guest -a "tsc_early_khz=200000 $mark" -- true
ok "a clock that is wrong is found" fails "the clock of the guest .* is wrong: .* at each of 3 boots"
ok "... and no qemu is left" gone

terminal() { grep -q "^vm.sh: booting Linux [0-9]" "$tmp/out"; }
if command -v script >/dev/null; then
	SHELL=/bin/sh script -qec "'$vm' -d '$tmp/suite' -a '$mark' -- true" /dev/null \
		</dev/null >"$tmp/out" 2>"$tmp/err"
	rc=$?
	ok "on a terminal it says which kernel it boots" terminal
else
	n=$((n + 1))
	echo "ok $n - on a terminal it says which kernel it boots # SKIP there is no script (package bsdutils)"
fi

echo "not a kernel" >"$tmp/file"
guest -k "$tmp/file" -- true
ok "a file that is no kernel is refused" fails "is not a kernel"

# A kernel's header, and nothing behind it.
head -c 20000 "$(ls "$cache"/packages/*/linux-image-6.1*/boot/vmlinuz-* |
	head -n 1)" >"$tmp/file"
VM_BOOT_LIMIT=5 guest -k "$tmp/file" -- true
ok "a kernel that does not boot is reported" fails "\(does not boot\|did not reach its init\)"

# The pipe ends when the last of vm.sh's processes has ended.
exec 3< <(exec "$vm" -d "$tmp/suite" -a "$mark" -- sh -c 'echo alive; sleep 1000' 2>"$tmp/err")
pid=$!
read -r -t 600 line <&3
seen=$(leftover | wc -l)
kill -KILL $pid
read -r -t 300 rest <&3
rc=$?
killed() { [ "$line" = alive ] && [ "$seen" -ge 2 ] && status 1 && gone; }
ok "SIGKILL of vm.sh takes its qemu along" killed

exit $failed
