#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_names.sh - has the table of system calls each that the headers know, by
# its number?
#
#	OUT=DIR test_syscall_names.sh	a built tree; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
bin=${BIN:-${OUT:-$here/../.output}/bin}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/ktap.sh"

[ -x "$bin/syscall_names" ] || { echo "test_syscall_names: there is no $bin/syscall_names: make first" >&2; exit 4; }
echo "KTAP version 1"
echo 1..1
echo '#include <asm/unistd.h>' | "${CC:-cc}" -E -dM - |
	sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$/\2 \1/p' | sort >"$tmp/want"
"$bin/syscall_names" 512 | sort >"$tmp/have"
comm -23 "$tmp/want" "$tmp/have" >"$tmp/lacking"
[ -s "$tmp/want" ] && [ ! -s "$tmp/lacking" ]
result $? "the names of system calls are those of <asm/unistd.h>" "$tmp/lacking"
exit $failed
