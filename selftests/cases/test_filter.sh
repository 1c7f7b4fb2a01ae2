#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_filter.sh - does the modern filter call the helper where the kernel has it?
#
# modern/lib/observed.bpf.h has two ways to a task's cgroup, which give the same records.
# If it always took the slower way, only the translated program would show that: it would
# walk task->cgroups by bpf_probe_read_kernel() on a kernel that has the helper.
#
#	OUT=DIR test_filter.sh		root, a built tree, Linux 6.1; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
observer=
trap '[ -z "$observer" ] || kill "$observer"; rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"

echo "KTAP version 1"
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root: it loads programs into this kernel"; exit 4; }
bpftool=$(sh "$bin/find_bpftool.sh" "$bin" 2>"$tmp/log") || {
	echo "1..0 # SKIP $(cat "$tmp/log")"
	exit 4
}
"$bpftool" btf dump file /sys/kernel/btf/vmlinux 2>"$tmp/log" | grep -q "'ancestors'" || {
	echo "1..0 # SKIP struct cgroup of this kernel has no ancestors (Linux 6.1)"
	exit 4
}

# The ids of the programs that a process has open.
programs() { sed -n 's/^prog_id:[[:space:]]*//p' /proc/"$1"/fdinfo/* 2>/dev/null | sort -un; }

# translated VARIANT: writes its programs, as the verifier has left them, to $tmp/xlated.
translated() {
	# COMMAND starts when all programs are attached.
	# shellcheck disable=SC2016 # for the shell that is observed
	"$bin/$1" -- sh -c 'echo >"$1"; exec sleep 600' sh "$tmp/begun" >"$tmp/out" 2>"$tmp/err" &
	observer=$!
	: >"$tmp/xlated"
	read -r -t 300 <>"$tmp/begun"
	for id in $(programs "$observer"); do
		"$bpftool" prog dump xlated id "$id" >>"$tmp/xlated" 2>"$tmp/log"
	done
	kill "$observer"
	wait "$observer" 2>/dev/null
	observer=
}

mkfifo "$tmp/begun"
# So many reads may stay: they find out whether a 32-bit program makes the call.
case $(uname -m) in
x86_64) reads=1 ;;
*) reads=2 ;;
esac
variants="write_count write_count-percpu lru_cache file_opens file_events execmon syscall_count"
echo "1..$(echo $variants | wc -w)"
for variant in $variants; do
	translated $variant.skel
	grep -q 'call bpf_get_current_ancestor_cgroup_id' "$tmp/xlated" &&
		[ "$(grep -c 'call bpf_probe_read_kernel#' "$tmp/xlated")" -le "$reads" ]
	result $? "$variant.skel asks the kernel for the ancestor" "$tmp/err" "$tmp/xlated"
done
exit $failed
