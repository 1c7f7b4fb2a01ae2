# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# lib.sh - sourced by compat's tests: it finds the directories, compiles programs for
# libbpf 0.x, and prints numbered results (KTAP).
#
# Environment: OUT, where make has built (.output beside the Makefile, or that of the
# project around it); CC, CXX, CLANG, CFLAGS, LIBBPF_CFLAGS, LIBBPF_LIBS and BPFTOOL, as
# make sets them; VM, a program that runs a command in a guest (vm.sh -h prints its
# usage), FETCH, a program that unpacks packages of other distributions (fetch.sh -h), and
# ROOT_OF, a program that prints the sysroot of an architecture (see sysroot.sh).  These three
# are scripts of the surrounding suite.  Tests that need them are skipped without them.
set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
compat=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${OUT:-$(ls -d "$compat/.output" "$compat/../../.output" 2>/dev/null | head -n 1)}
out=$(cd "${out:-.}" && pwd) || exit 1
bin=${BIN:-$out/bin}
bpftool=${BPFTOOL:-bpftool}
VM=${VM-$(ls "$compat"/../../selftests/*/vm.sh 2>/dev/null)}
FETCH=${FETCH-$(ls "$compat"/../../selftests/*/fetch.sh 2>/dev/null)}
ROOT_OF=${ROOT_OF-$(ls "$compat"/../../selftests/*/sysroot.sh 2>/dev/null)}
# The path of libbpf.a of libbpf 0.x, as make has found it; "none" if there is none.
libbpf0=$(cat "$out/.libbpf0" 2>/dev/null || echo none)
libbpf0_include=${libbpf0%/lib*/libbpf.a}/include
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
tests=0 failed=0

# Ends the test: something that it needs is missing.
skip_all() {
	echo "1..0 # SKIP $*"
	echo "${0##*/}: $*" >&2
	exit 4
}

tools() {	# COMMAND...: skips the test if one of them is missing
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip_all "there is no $tool: install it, or make first"
	done
}

# Flags and libraries for a program for libbpf 0.x that is built with compat.
compat_flags=(-I"$compat/include" ${LIBBPF_CFLAGS-})
compat_libs=("$out/libcompat.a" ${LIBBPF_LIBS--lbpf} -lelf -lz)
[ -e "$out/libcompat.a" ] || skip_all "there is no $out/libcompat.a: make first"

bpf() {	# SOURCE OBJECT FLAGS...
	${CLANG:-clang} -std=gnu11 -O2 -target bpf "${@:3}" "${compat_flags[@]}" \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$1" -o "$2"
}

fetch() {
	[ -n "$FETCH" ] || { echo "FETCH is not set: name a program that unpacks packages" >&2; return 4; }
	"$FETCH" "$@"
}

sysroot() {	# ARCH
	[ -n "$ROOT_OF" ] || { echo "ROOT_OF is not set: name a program that prints a sysroot" >&2; return 4; }
	"$ROOT_OF" "$@"
}

guest() {
	[ -n "$VM" ] || { echo "VM is not set: name a program that runs a guest" >&2; return 4; }
	OUT=$out "$VM" "$@"
}

# ---- results -----------------------------------------------------------------------

# result STATUS NAME [FILE...]: if STATUS is not 0, prints FILEs, or $tmp/log, as reason.
result() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
		return
	fi
	failed=1
	echo "not ok $tests - $2"
	cat "${@:3}" "$([ $# -gt 2 ] || echo "$tmp/log")" 2>/dev/null | tail -n 60 | sed 's/^/# /'
}

# ok NAME COMMAND...: a test that is a command; if it fails, its output is printed.
ok() {
	"${@:2}" >"$tmp/log" 2>&1
	result $? "$1"
}

skipped() {	# NAME WHY
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# subtest NAME COMMAND...: a test that is a command which prints KTAP itself.
subtest() {
	local status

	echo "    # Subtest: $1"
	"${@:2}" >"$tmp/log" 2>&1
	status=$?
	sed 's/^/    /' "$tmp/log"
	! grep -q '^not ok' "$tmp/log" || status=1
	result $status "$1" /dev/null
}
