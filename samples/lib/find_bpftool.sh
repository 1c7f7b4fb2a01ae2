#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# find_bpftool.sh - prints the path of a bpftool that works, or says why there is none.
#
#	find_bpftool.sh [-g] [DIR...]	-g: for a guest; looks in DIR first
#
# If BPFTOOL= is set, it tries only that one.  Otherwise it looks in PATH.  Ubuntu's
# /usr/sbin/bpftool is a script, which runs the bpftool of the running kernel, fails if
# that is not installed, and is of no use in a guest.  The programs themselves are below
# /usr/lib/linux-tools*, and each of them works on any kernel, so they are tried before a
# script.  A bpftool works if its help names skeletons, which a bpftool before 5.6 cannot
# make.
guest=
[ "${1-}" != -g ] || { guest=1; shift; }
why="there is no bpftool"

is_script() { [ "$(head -c 2 "$1" | tr -d '\0')" = '#!' ]; }

# Prints FILE and exits, if it works.
try() {
	file=$(command -v "$1") || { why="there is no $1"; return; }
	[ -z "$guest" ] || ! is_script "$file" ||
		{ why="$file is a script, which a guest cannot run: BPFTOOL= names the program"; return; }
	said=$("$file" gen help 2>&1)
	status=$?
	case $said in
	*skeleton*) echo "$file"; exit 0 ;;
	esac
	[ $status -le 128 ] || [ $status -gt 192 ] || said="it was ended by signal $((status - 128))"
	why="$file does not work: $(echo "${said:-it prints nothing}" | grep -m 1 .)"
}

if [ -n "${BPFTOOL-}" ]; then
	try "$BPFTOOL"
else
	IFS=:
	set -- "$@" $PATH /usr/sbin /sbin
	unset IFS
	scripts=
	for dir; do
		[ -f "$dir/bpftool" ] && [ -x "$dir/bpftool" ] || continue
		is_script "$dir/bpftool" || { try "$dir/bpftool"; continue; }
		scripts=1
	done
	for dir; do
		for file in $(ls "${dir%/*}"/lib/linux-tools*/bpftool \
				"${dir%/*}"/lib/linux-tools*/*/bpftool 2>/dev/null | sort -rV); do
			try "$file"
		done
	done
	for dir in ${scripts:+"$@"}; do
		[ ! -x "$dir/bpftool" ] || ! is_script "$dir/bpftool" || try "$dir/bpftool"
	done
fi
echo "$why" >&2
exit 1
