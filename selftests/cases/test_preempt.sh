#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_preempt.sh - must the runner fail if the kernel skips programs without a word?
#
# While bpf(2) reads a map, kprobe and tracepoint programs do not run on that
# CPU.  If the reader can be preempted there (preempt=full), no program sees what
# other tasks do meanwhile: no ring buffer overruns, and most kernels do not count
# it.  In such a guest, with map readers beside the workload, some variants miss
# records; each of these must fail and say that the records were not counted as lost.
# Three families are enough to show that.
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"

# shellcheck disable=SC2016 # expanded in the guest
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -a preempt=full -c 1 -- sh -c '
	echo "# preempt: $(cat /sys/kernel/debug/sched/preempt)"
	exec noise -m -- equiv -1 -f ktap trace_output file_events write_count' >"$tmp/out" 2>"$tmp/err"
status=$?
sed 's/^/# /' "$tmp/out"
tail -n 20 "$tmp/err" | sed 's/^/# /'
[ $status != 4 ] || {
	echo "1..0 # SKIP $(tail -n 1 "$tmp/err")"
	exit 4
}
grep -q '^# preempt: .*(full)' "$tmp/out" || {
	echo "1..0 # SKIP this kernel has no preempt=full: $(grep '^# preempt:' "$tmp/out")"
	exit 4
}
echo "KTAP version 1"
echo "1..3"
[ $status = 1 ]
result $? "the run is red"
grep -q 'are not counted as lost; Linux .* skips runs of programs .* does not count them' "$tmp/out"
result $? "it says that records are missing, which were not counted as lost"
# All variants that lack records must have failed, and said why.
awk '
	/records expected/ { expected = $2 }
	/^ *# [^ ]*: [0-9]* records, seen=/ { short = $3 < expected; said = 0 }
	/are not counted as lost;|^ *# lost/ { said = 1 }
	/^    (not )?ok / {
		if (short && (/^    ok/ || !said)) { print "# passed over: " $0; bad = 1 }
		short = 0
	}
	END { exit bad }' "$tmp/out"
result $? "every variant that lacks records fails"
exit $failed
