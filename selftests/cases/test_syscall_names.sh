#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_names.sh - does the table of system calls agree with the headers?
#
# A number that only the headers have is no fault where they are newer than the table: it
# is shown as syscall_N.  One that each calls by another name is.
#
#	OUT=DIR test_syscall_names.sh	a built tree; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
as_of=7.2	# the Linux whose calls are all in the table
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"

# macros: what the headers define, for awk and a shell.
macros() {
	printf '#include <linux/version.h>\n#include <asm/unistd.h>\n' |
		${CC:-cc} -std=gnu11 -E -dM -x c - 2>"$tmp/cc" && return
	cat "$tmp/cc" >"$tmp/faults"
	return 1
}

# agrees <MACROS: $tmp/faults has the contradictions, and what a table of that age lacks.
agrees() {
	awk -v as_of="$as_of" '
		BEGIN { split(as_of, v, "."); as_of = v[1] * 65536 + v[2] * 256 }
		NR == FNR && $2 !~ /^syscall_/ { name[$1] = $2; number[$2] = $1 }
		NR == FNR { next }
		$2 == "LINUX_VERSION_CODE" { newer = $3 >= as_of + 256 }
		$2 ~ /^__NR_[a-z0-9_]+$/ && $3 ~ /^[0-9]+$/ { calls[substr($2, 6)] = $3 }
		END {
			for (call in calls) {
				n++
				nr = calls[call]
				if (call in number ? number[call] != nr : nr in name)
					print nr, call ": the table has", number[call], name[nr]
				else if (!(call in number) && !newer)
					print nr, call ": the table lacks it"
			}
			if (!n)
				print "the headers have no calls"
		}' "$tmp/have" - >"$tmp/faults"
	[ ! -s "$tmp/faults" ]
}

echo "KTAP version 1"
echo 1..4
"$bin/syscall_names" 600 >"$tmp/have"
macros >"$tmp/macros" && agrees <"$tmp/macros"
result $? "the names of system calls are those of <asm/unistd.h>" "$tmp/faults"
{ sed '/LINUX_VERSION_CODE/d' "$tmp/macros"; echo '#define LINUX_VERSION_CODE 16777215
#define __NR_new_here 599'; } | agrees
result $? "newer headers may have more" "$tmp/faults"
! { cat "$tmp/macros"; echo '#define __NR_new_here 0'; } | agrees
result $? "but no other name for a number"
! { sed '/LINUX_VERSION_CODE/d; /__NR_read /d' "$tmp/macros"; echo '#define LINUX_VERSION_CODE 16777215
#define __NR_read 599'; } | agrees
result $? "and no other number for a name"
exit $failed
