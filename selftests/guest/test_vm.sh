#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_vm.sh - does vm.sh report correctly how a guest ended?
#
# Every test in a guest depends on vm.sh: on its exit status, its output and its
# claim that the kernel log is clean.  So this test causes each failure that a
# guest can have, with the default kernel, and no failure may leave a qemu
# behind.  Guests of another architecture, arm64 or x86, and btf.sh are tested at the end.
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
plan=43

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

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
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
right="the guest's clock is right where the kernel is wrong about the TSC"
wrong="a clock that is wrong is found"
if [ "$(uname -m)" = x86_64 ]; then
	guest -a "tsc_early_khz=200000 $mark" -- true
	ok "$right" clean

	# The same, without the options of the kernel that make the clock right.
	mkdir -p "$tmp/selftests" "$tmp/samples"
	cp -r "$here" "$here/../arch.sh" "$tmp/selftests"
	cp -r "$here/../../samples/lib" "$tmp/samples"
	sed -i 's/"clocksource=hpet tsc=unstable /"tsc=reliable /' "$tmp/selftests/guest/vm.sh"
	vm=$tmp/selftests/guest/vm.sh guest -a "tsc_early_khz=200000 $mark" -- true
	ok "$wrong" fails "the clock of the guest .* is wrong: .* at each of 3 boots"
	ok "... and no qemu is left" gone
else
	for name in "$right" "$wrong" "... and no qemu is left"; do
		skip "$name" "only x86 has a TSC"
	done
fi

terminal() { grep -q "^vm.sh: booting Linux [0-9]" "$tmp/out"; }
if command -v script >/dev/null; then
	SHELL=/bin/sh script -qec "'$vm' -d '$tmp/suite' -a '$mark' -- true" /dev/null \
		</dev/null >"$tmp/out" 2>"$tmp/err"
	rc=$?
	ok "on a terminal it says which kernel it boots" terminal
else
	skip "on a terminal it says which kernel it boots" "there is no script (package bsdutils)"
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

# ---- other architectures ------------------------------------------------------------

# A line of each kind of oops, and lines that are none.
found() {
	eval "$(sed -n '/^complaints() {/,/^}/p' "$vm")"
	while read -r line; do
		echo "[    1.234567] $line" >"$tmp/log"
		complaints "$tmp/log" >/dev/null || { echo "not found: $line" >&2; return 1; }
	done <<-END
	Call Trace:
	Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008
	Internal error: Oops: 0000000096000004 [#1] SMP
	Internal error: synchronous external abort: 0000000096000010 [#1] SMP
	Call trace:
	Insufficient stack space to handle exception!
	Unhandled 64-bit el1h sync exception on CPU0, ESR 0x0000000002000000 -- Unknown/Uncategorized
	Bad mode in Synchronous Abort handler detected on CPU0, code 0x86000006 -- IABT (current EL)
	SError Interrupt on CPU1, code 0x00000000be000011 -- SError
	Unexpected kernel BRK exception at EL1
	Unable to handle kernel pointer dereference in virtual kernel address space
	Oops: 0004 ilc:2 [#1] SMP
	illegal operation: 0001 ilc:1 [#1] SMP
	fixpoint divide exception: 0009 ilc:2 [#1] SMP
	Krnl PSW : 0704c00180000000 00000000001234ac (do_one_initcall+0x4c/0x210)
	Kernel stack overflow.
	Corrupt kernel stack, can't continue.
	END
}
ok "an oops of arm64 or s390 is a failure" found
silent() {
	eval "$(sed -n '/^complaints() {/,/^}/p' "$vm")"
	sed 's/^/[    1.234567] /' >"$tmp/log" <<-END
	User process fault: interruption code 003b ilc:3 in sh[100+1000]
	ap: The hardware system does not support AP instructions
	pci-host-generic 4010000000.pcie: Memory resource size exceeds max for 32 bits
	reboot: Restarting system
	END
	! complaints "$tmp/log" >&2
}
ok "other lines of their logs are none" silent

table() {
	local ports machine devices clock

	eval "$(sed -n '/^machine_of() {/,/^}/p' "$vm")"
	for arch in $("$here/../arch.sh" none 2>&1 | sed 's/.*only//; s/(.*//'); do
		[ "$("$here/../arch.sh" "$arch" qemu)" != - ] || continue
		ports=()
		machine_of tcg
		[ ${#ports[@]} = 4 ] && [ ${#machine[@]} -gt 0 ] ||
			{ echo "none for $arch" >>"$tmp/err"; return 1; }
	done
}
ok "vm.sh has a machine for each architecture of arch.sh" table

listed() { status 0 && grep -q "^6.12 .*$1" "$tmp/out"; }
foreign=arm64
[ "$(uname -m)" != aarch64 ] || foreign=x86
guest -A $foreign -k list
ok "-k list is about the architecture of -A" \
	listed "\($cache/$("$here/../arch.sh" $foreign debian)/\|not fetched yet\)"
guest -A vax -k list
unknown() { status 1 && grep -q "ARCH=vax: there is no such architecture" "$tmp/err"; }
ok "an architecture that is in no table is refused" unknown

# header BYTES OFFSET: the first bytes of a boot image.
header() { head -c "$2" /dev/zero && printf "$1"; }
header ARMd 56 >"$tmp/arm64"
header S390EP $((0x10008)) >"$tmp/s390"
header HdrS 514 >"$tmp/x86"
for arch in x86 arm64 s390; do
	other=arm64
	[ $arch != arm64 ] || other=s390
	guest -A $other -k "$tmp/$arch" -- true
	ok "an image of $arch is refused for $other" fails \
		"$tmp/$arch is a kernel for $arch, not for $other: use -A $arch"
done
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0Linux version 9.9.9 ' >"$tmp/file"
guest -k "$tmp/file" -- true
ok "a vmlinux of arm64 is refused" fails "qemu boots a vmlinux of x86 only; name the Image"
gzip -c "$tmp/arm64" >"$tmp/file"
guest -k "$tmp/file" -- true
ok "a compressed Image is refused" fails "$tmp/file is compressed: unpack it"
printf 'MZ\0\0zimg' >"$tmp/file"
guest -k "$tmp/file" -- true
ok "an Image that unpacks itself is refused" fails "name the Image it was made of"

# The qemu of Debian 12 crashes guests of x86, so vm.sh takes a newer one.  Programs that only
# print a version stand for both of them, and the second is where fetch.sh has what it fetched.
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")-backports
newer=$tmp/cache/packages/$suite/qemu-system-x86+/usr/bin
mkdir -p "$tmp/path" "$newer"
version() {
	printf '#!/bin/sh\necho this is %s >&2; echo "QEMU emulator version %s"\n' "$2" "$2" \
		>"$1/qemu-system-x86_64"
	chmod +x "$1/qemu-system-x86_64"
}
# try NEWER: starts a kernel 6.12, which is only a header, with a newer qemu of that version.
try() {
	version "$tmp/path" 7.2
	version "$newer" "$1"
	head -c 768 <(cat "$tmp/x86"; printf '\0\0\0\0\0\0\0\0\0\1'; cat /dev/zero) >"$tmp/image"
	printf '6.12.1 (me)' >>"$tmp/image"
	PATH=$tmp/path:$PATH BPF_EVOLUTION_CACHE=$tmp/cache VM_ACCEL=tcg guest -k "$tmp/image" -- true
}
takes() { grep -q "^vm.sh: *this is $1" "$tmp/err"; }
refuses() { status 4 && grep -q "/qemu-system-x86+ has no newer one: remove it" "$tmp/err"; }
if [ "$(uname -m)" = x86_64 ]; then
	try 10.0
	ok "in place of qemu 7.2 a newer one is taken" takes 10.0
	try 7.2
	ok "that is not newer: that is said" refuses
else
	skip "in place of qemu 7.2 a newer one is taken" "only guests of x86 need it"
	skip "that is not newer: that is said" "only guests of x86 need it"
fi

# A package that is in the release and in its backports is taken from the one that is asked for.
backports() {
	mkdir -p "$tmp/cache/apt/x-backports/lists"
	(cd "$tmp/cache/apt/x-backports" && echo none >sources.list && echo none >lists/Packages)
	printf '#!/bin/sh\necho "$@" >>"%s"\n' "$tmp/log" >"$tmp/path/apt-get"
	chmod +x "$tmp/path/apt-get"
	: >"$tmp/log"
	PATH=$tmp/path:$PATH BPF_EVOLUTION_CACHE=$tmp/cache \
		"$here/fetch.sh" x-backports some >"$tmp/out" 2>"$tmp/err"
	cat "$tmp/log" >>"$tmp/err"
	grep -q -- "-t x-backports download some" "$tmp/log"
}
ok "fetch.sh takes backports from the backports" backports

# btf.sh cuts BTF out of images.  These consist of a header, a lure, BTF, and something more.
# words FORMAT NUMBER...: numbers of 4 bytes, big endian, or little endian with rev.
words() {
	local reverse=$1 word
	shift
	for word; do
		word=$(printf %08x "$word")
		[ "$reverse" = big ] || word=${word:6:2}${word:4:2}${word:2:2}${word:0:2}
		printf "\\x${word:0:2}\\x${word:2:2}\\x${word:4:2}\\x${word:6:2}"
	done
}
# btf ORDER HEADER_LENGTH [MORE]: BTF of 270000 bytes and a header.
btf() {
	[ "$1" = big ] && printf '\xeb\x9f\1\0' || printf '\x9f\xeb\1\0'
	words "$1" "$2" 0 150000 150000 120000
	[ "$2" = 24 ] || words "$1" 270000 64
	head -c 270000 "$tmp/numbers"
	[ "$2" = 24 ] || printf '%064d' 0
}
# Not of random bytes, which gzip would not compress.
seq 100000 | head -c 270000 >"$tmp/numbers"
# cut_out ARCH: does btf.sh find $tmp/btf in $tmp/image?
cut_out() {
	BPF_EVOLUTION_CACHE=$tmp/cache "$here/btf.sh" "$1" "$tmp/image" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	[ $rc = 0 ] && cmp "$tmp/btf" "$(cat "$tmp/out")" >>"$tmp/err" 2>&1
}
for len in 24 32; do
	btf little $len >"$tmp/btf"
	{
		cat "$tmp/arm64"
		printf 'Linux version 9.9.9 (me)\n\x9f\xeb\1\0\x18\0\0\0\0\0\0\0\x18\0\0\0'
		cat "$tmp/btf" "$tmp/numbers"
	} >"$tmp/image"
	ok "btf.sh finds BTF with a header of $len bytes in an image" cut_out arm64
done
btf big 24 >"$tmp/btf"
{
	head -c $((0x10428)) <(cat "$tmp/s390" /dev/zero)
	words big 0 $((0x10430))
	printf '9.9.9-s390x (me)\0\x1f\x8b\x08'
	cat "$tmp/numbers" "$tmp/btf" "$tmp/numbers" | gzip -c
	cat "$tmp/numbers"
} >"$tmp/image"
ok "btf.sh finds big-endian BTF in what is compressed in an image" cut_out s390

# A guest of another architecture is emulated, so there are only two.
guest -A $foreign -c 2 -- sh -c '
	uname -m; nproc; echo a | awk "{ print \$1 \"b\" }"
	exec stdbuf -o0 env bash -c "echo err >&2; exit 3"'
if [ "$rc" -eq 4 ]; then
	why=$(tail -n 1 "$tmp/err")
	for name in "stdout and tools" stderr status "a warning in its log" GUEST_BPFTOOL= BTF; do
		skip "a guest of $foreign: $name" "$why"
	done
else
	machine=$("$here/../arch.sh" $foreign uname)
	out() { printf '%s\n' "$machine" 2 ab | cmp - "$tmp/out" >>"$tmp/err" 2>&1; }
	err() { [ "$(cat "$tmp/err")" = err ]; }
	ok "a guest of $foreign: stderr" err
	ok "a guest of $foreign: status" status 3
	ok "a guest of $foreign: stdout and tools" out

	# The path of an image says which architecture it is.
	btf=$("$here/btf.sh" $foreign 6.1 2>>"$tmp/err")
	image=$(ls "${btf%/*}"/vmlinuz* | head -n 1)
	GUEST_BPFTOOL=$("$here/sysroot.sh" $foreign)/usr/bin/echo guest -k "$image" -- sh -c '
		bpftool hello; cat /sys/kernel/btf/vmlinux; echo "<4>WARNING: CPU: 0" >/dev/kmsg'
	ok "a guest of $foreign: a warning in its log" fails "kernel log"
	hello() { [ "$(head -n 1 "$tmp/out")" = hello ]; }
	ok "a guest of $foreign: GUEST_BPFTOOL=" hello
	same_btf() { (echo hello; cat "$btf") | cmp - "$tmp/out" >>"$tmp/err" 2>&1; }
	ok "a guest of $foreign: BTF" same_btf
fi

exit $failed
