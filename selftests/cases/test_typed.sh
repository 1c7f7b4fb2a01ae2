#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_typed.sh - the lines of legacy/X_bpftool.sh do what they say when a person types them
# into a shell, without the host: load, read, attach, something happens, dump, rm.  What
# happened has to be in the bytes that bpftool prints.  In a guest, which has kprobes.
#
#	OUT=DIR test_typed.sh	a built tree; prints KTAP

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

mkdir "$tmp/bin"
cp "$bin"/*_bpftool.sh "$bin"/bpf_* "$bin"/*_kern*.o "$tmp/bin" || exit 1

# The lines of a PART, or of what is before all parts: `lines SCRIPT [PART]`.
lines() {
	if [[ $# == 1 ]]; then
		sed '/^case /,$d' "$1"
	else
		sed -n "/^$2)/,/;;\$/p" "$1" | sed '$s/ *;;$//; 1s/^[a-z]*)//'
	fi
}

# All that is typed for a family: `typed SCRIPT`.
typed() {
	local script=$1

	lines "$script"
	lines "$script" load
	if grep -q '^read)' "$script"; then
		echo "$(lines "$script" read) >/tmp/read &"
		echo 'read_pid=$!; until grep -q tfd: /proc/$read_pid/fdinfo/*; do sleep 0.1; done 2>/dev/null'
	fi
	echo 'mkfifo /tmp/hold; exec 8<>/tmp/hold'
	echo "{ $(lines "$script" attach)"
	echo '} </tmp/hold >/tmp/attached 8>&- &'
	echo 'attach_pid=$!; until grep -q attached /tmp/attached || [ -e $pins/link ]; do sleep 0.1; done'
	echo 'cp /bin/busybox /tmp/typed; ln -sf /tmp/typed /tmp/true; /tmp/true'
	echo 'sh -c "echo >/dev/null; : </typed"'
	lines "$script" dump
	echo 'exec 8>&-; rm -f $pins/link; wait $attach_pid; [ ! "$read_pid" ] || { sleep 1'
	echo 'kill $read_pid; wait $read_pid; cat /tmp/read; }'
	echo 'rm -r $pins; rm -f /tmp/hold /tmp/attached /tmp/read'
}

families=()
for file in "$bin"/*_bpftool.sh; do
	family=${file##*/}
	family=${family%_bpftool.sh}
	[[ $family != find && $family != map_crud ]] || continue
	families+=("$family")
	typed "$file" >"$tmp/bin/$family.typed"
	for flavour in "$bin/$family"-*_kern.btf.o; do
		[[ -e $flavour && -e ${flavour%_kern.btf.o}.bpftool ]] || continue
		flavour=${flavour##*/}
		flavour=${flavour%_kern.btf.o}
		families+=("$flavour")
		{ echo "kern=${flavour}_kern"; cat "$tmp/bin/$family.typed"; } >"$tmp/bin/$flavour.typed"
	done
done
# Those of the comment, and what tells that they did it.
{
	echo './map_crud_bpftool.sh create hash type hash key 4 value 4 entries 4 name hash'
	sed -n 's|^#\t\(update hash.*\)|./map_crud_bpftool.sh \1|p' "$bin/map_crud_bpftool.sh"
	echo './map_crud_bpftool.sh lookup hash key 1 0 0 0'
	sed -n 's|^#\t\(many hash.*\)|./map_crud_bpftool.sh \1|p' "$bin/map_crud_bpftool.sh"
	echo 'rm -r /sys/fs/bpf/map_crud'
} >"$tmp/bin/map_crud.typed"
families+=(map_crud)

# A shell that reads them from its stdin, as from a terminal.
# shellcheck disable=SC2016 # for the guest
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -d "$tmp/bin" -- sh -c '
	for file in *.typed; do
		timeout 600 sh <$file >/tmp/out 2>/tmp/err
		sed "s|^|${file%.typed}: |" /tmp/out /tmp/err
	done' >"$tmp/out" 2>"$tmp/err"
status=$?
[[ $status != 4 ]] || {
	echo "1..0 # SKIP $(tail -n 1 "$tmp/err")"
	exit 4
}
echo "KTAP version 1"

# What has to be there: "sh" as comm, /typed as a name, TRACE_OUTPUT_COOKIE; of system calls
# that write(2), the first, was called at all.
declare -A wanted=(
	[execmon]='2f 74 6d 70  2f 74 72 75|"0x74","0x72","0x75","0x65","0x00"'
	[file_events]='2f 74 79 70 65 64 00'
	[file_opens]='"0x2f","0x74","0x79","0x70","0x65","0x64","0x00"'
	[trace_output]='f0 de bc 9a 78 56 34 12'
	[write_count]='"0x73","0x68","0x00"'
	[syscall_count]='"key":\["0x01","0x00","0x00","0x00"\],"values?":\[.*0x[^0]'
	[map_crud]='"key":\["0x01","0x00","0x00","0x00"\],"value":\["0x0b","0x00","0x00","0x00"\]'
)
for family in "${families[@]}"; do
	grep "^$family: " "$tmp/out" >"$tmp/all"
	cut -c 1-300 "$tmp/all" >"$tmp/log"
	words=${wanted[${family%-*}]-}
	[[ $words ]] && grep -Eq "$words" "$tmp/all"
	result $? "$family: its lines, typed into a shell" "$tmp/log" "$tmp/err"
done
echo "1..$tests"
exit $failed
