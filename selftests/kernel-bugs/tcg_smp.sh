#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# tcg_smp.sh - probes crash guests of qemu's emulator with a thread for each CPU.
#
# A kprobe that is switched on or off makes the kernel rewrite the first bytes of a
# function while other CPUs run it: int3, the rest, the first byte.  Under TCG with
# threads (its default) a CPU sometimes jumps to address 0 then.  No BPF is needed:
# this switches a probe of write(2) through tracefs, beside three shells that write.
# Linux 6.1 and 6.12 under qemu 7.2 and 10.0: after 1 to some hundred times on and
# off, "BUG: kernel NULL pointer dereference", RIP 0x0, called from do_syscall_64().  Once a
# guest hung instead, at its first switch.  With one
# thread for all CPUs (thread=single) it was not seen, nor on hardware.
#
# So vm.sh asks for one thread where a guest has more than one CPU.  This runs both
# kinds in turn, and says how far each got.  Exit status 1 if a guest went down.
#
#	tcg_smp.sh [KERNEL [TIMES [LIMIT]]]	6.1, 300 times on and off, 600 seconds each at most
set -u
vm=$(cd "$(dirname "$0")/.." && pwd)/guest/vm.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
cat >"$tmp/switch.sh" <<'END'
mount -t tracefs none /sys/kernel/tracing 2>/dev/null
cd /sys/kernel/tracing || exit 1
for i in 1 2 3; do
	while :; do echo >/dev/null; done &
done
i=0
while [ $i -lt $1 ]; do
	echo "p:x __x64_sys_write" >kprobe_events || exit 1
	echo 1 >events/kprobes/x/enable
	echo 0 >events/kprobes/x/enable
	echo >kprobe_events
	echo $((i += 1))
done
END
status=0
for thread in multi single; do
	VM_ACCEL=tcg,thread=$thread "$vm" -k "${1:-6.1}" -c 2 -t "${3:-600}" -d "$tmp" -- \
		bash switch.sh "${2:-300}" >"$tmp/out" 2>"$tmp/err"
	ended=$?
	echo "thread=$thread: switched $(tr -d '\r' <"$tmp/out" | tail -n 1 | grep . || echo 0) times, $(
		grep -o 'BUG: .*\|did not end.*' "$tmp/err" | head -n 1 | grep . || echo "no harm")"
	[ $ended = 0 ] || status=1
done
exit $status
