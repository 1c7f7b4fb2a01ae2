#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# execmon_bpftool.sh - every successful exec, by the bpftool commands that a person would type.
#
# To try it, be root in .output/bin, in several terminals, with a bpffs on /sys/fs/bpf:
#	sh execmon_bpftool.sh load
#	sh execmon_bpftool.sh read		(until ^C)
#	sh execmon_bpftool.sh attach		(until ^D)
#	sh execmon_bpftool.sh dump
#	rm -r /sys/fs/bpf/execmon
# execmon.bpftool runs the same parts, and makes records of what they print.
# The offsets of fields of task_struct have to be found in
# bpftool's dump of the kernel's BTF.  A bpftool of 2020 refuses BTF with a kind of type
# that is newer, such as ENUM64 (Linux 6.0).  Then bpf_offset finds them, with the BTF
# reader of the raw stage, which skips such types.
pins=/sys/fs/bpf/execmon
kern=${kern:-execmon_kern}

# The bytes of numbers below 65536, as they are in memory: bpftool takes them one by one.
bytes() {
	for i; do
		case $(printf '\1\0' | od -An -tu2) in
		*256) echo 0 0 $((i >> 8)) $((i & 255)) ;;	# a big-endian machine, such as s390x
		*) echo $((i & 255)) $((i >> 8)) 0 0 ;;
		esac
	done
}

case $1 in
load)
	mkdir $pins
	# A bpftool built on libbpf >= 1.0 refuses SEC("maps"): see trace_output_bpftool.sh.
	bpftool prog load $kern.o $pins/prog pinmaps $pins ||
		bpftool prog load $kern.btf.o $pins/prog pinmaps $pins
	offsets=$(bpftool btf dump file /sys/kernel/btf/vmlinux format raw | awk '
		/^\[/ { if (inside) exit; inside = $2 == "STRUCT" && $3 == "\047task_struct\047" }
		inside && sub(/.*bits_offset=/, "", $3) { at[$1] = $3 / 8 }
		END { if (inside) print at["\047real_parent\047"], at["\047tgid\047"] }')
	[ "$offsets" ] || offsets=$(./bpf_offset task_struct real_parent tgid)
	bpftool map update pinned $pins/config key 0 0 0 0 value $(bytes $offsets) ;;
read)
	bpftool map event_pipe pinned $pins/events ;;
attach)
	# A newer bpftool attaches, but only what it loads: load again, with all pinned maps.
	maps=$(cd $pins && for map in [!p]*; do echo map name $map pinned $pins/$map; done)
	bpftool prog help 2>&1 | grep -q autoattach &&
		bpftool prog load $kern.btf.o $pins/link $maps autoattach ||
		./bpf_attach tracepoint sched/sched_process_exec $pins/prog ;;
dump)
	bpftool -j map dump pinned $pins/counts ;;
esac
