#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_names.sh - are the numbers of system calls shown as names?
#
# The table is made from <asm/unistd.h>; calls that are newer than these headers are in
# samples/lib/syscall_names.c, which must not contradict headers that have them.
#
#	OUT=DIR test_syscall_names.sh	a built tree; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"

# Prints "NUMBER NAME" of all calls in the headers, with the numbers of the C compiler.
calls() {
	cat >"$tmp/calls.c" <<-'END'
		#include <stdio.h>
		#include <asm/unistd.h>
		#define CALL(name) printf("%d " #name "\n", __NR_##name);
		int main(void) {
	END
	echo '#include <asm/unistd.h>' | ${CC:-cc} -std=gnu11 -E -dM -x c - |
		sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/CALL(\1)/p' | grep -v '(syscalls)\|(arch_specific_syscall)' \
		>>"$tmp/calls.c"
	echo 'return 0; }' >>"$tmp/calls.c"
	${CC:-cc} -std=gnu11 -o "$tmp/calls" "$tmp/calls.c" && "$tmp/calls" | sort
}

# all_named CALLS HAVE: is each of CALLS in HAVE?  A number may have two names.
all_named() {
	[ -s "$1" ] && awk 'NR == FNR { have[$1] = $2; next }
		{ name[$1] = name[$1] " " $2 " " }
		END { for (nr in name) if (!index(name[nr], " " have[nr] " ")) { print nr, name[nr] have[nr]; bad = 1 }
		      exit bad }' "$2" "$1"
}

echo "KTAP version 1"
echo 1..5
"$bin/syscall_names" 600 >"$tmp/have"
calls >"$tmp/calls.txt" 2>"$tmp/log" && all_named "$tmp/calls.txt" "$tmp/have" >"$tmp/log"
result $? "each call in <asm/unistd.h> is shown by its name"
{ cat "$tmp/calls.txt"; echo "599 new_here"; } >"$tmp/more"
! all_named "$tmp/more" "$tmp/have" >"$tmp/log"
result $? "a call that has another name there is found"
sed -n '/newer\[\] = {/,/^}/p' "$here/../../samples/lib/syscall_names.c" | grep -o '"[a-z0-9_]*"' | tr -d '"' |
	awk '{ print 423 + NR, $1 }' >"$tmp/newer"
awk 'NR == FNR { name[$1] = name[$1] " " $2 " "; next }
	$1 in name && !index(name[$1], " " $2 " ") { print; bad = 1 } END { exit bad || FNR < 40 }' \
	"$tmp/calls.txt" "$tmp/newer" >"$tmp/log"
result $? "the calls of syscall_names.c do not contradict the headers"
all_named "$tmp/newer" "$tmp/have" >"$tmp/log"
result $? "the calls of syscall_names.c are shown by their names"
[ "$(sed -n 's/^599 //p' "$tmp/have")" = syscall_599 ]
result $? "a number without a name is shown as syscall_N"
exit $failed
