#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# execmon.bpftool - every successful exec, by the bpftool command line.
#
# bpftool loads execmon_kern.o, pins it, fills and dumps its maps and reads the
# perf rings; nothing is compiled for it.  A bpftool built on libbpf >= 1.0
# refuses SEC("maps"): it then gets execmon_kern.btf.o, which maps2btf made of
# the same object.  One built on 0.x (5.10's) takes the original.
# The trap: up to v7.1 (of Linux 6.1) it attaches no tracepoint, and where fields of
# task_struct are has to be picked from its dump of the kernel's BTF.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

about="Reports every exec, by the bpftool command line." eager=1
counters=(sent lost uncounted error count_error)
observe_init "$@"

# shellcheck disable=SC2016
helper "$bpftool" btf dump file /sys/kernel/btf/vmlinux format raw 2>"$scratch/err" | helper awk '
	/^\[/ { if (inside) exit; inside = $2 == "STRUCT" && $3 == "\047task_struct\047" }
	inside && sub(/.*bits_offset=/, "", $3) { at[$1] = $3 / 8 }
	END { print at["\047real_parent\047"], at["\047tgid\047"] }' >"$scratch/out" &
wait $! 2>/dev/null
offsets=$(<"$scratch/out")
# Where there is no BTF, or this bpftool is too old for it, that says so or knows.
[[ $offsets =~ ^[0-9]+\ [0-9]+$ ]] ||
	offsets=$(helper "$beside/bpf_offset" task_struct real_parent tgid 2>"$scratch/err") || {
	status=$? why=$(reason $?)
	((status != 4)) || skip "${why#bpf_offset: }"
	die "${why#bpf_offset: }"
}

load execmon
# shellcheck disable=SC2046
run_bpftool map update pinned $maps/config key 0 0 0 0 \
	value $(u32 "${offsets% *}") $(u32 "${offsets#* }")
observe_events events exec 288 \
	pid:dec:0:4 ppid:dec:4:4 uid:dec:8:4 comm:str:16:16 file:str:32:256
observe_whom
attach tracepoint sched/sched_process_exec

observe_run

observe_end
show_map counts count 24 execs:dec:16:8 comm:str:0:16
observe_exit
