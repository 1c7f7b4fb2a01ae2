#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_clock.sh - a variant must not fail if the clock is set while it runs, an hour ahead or
# back: no wait may depend on the time of day.  It runs in a guest, since all processes of
# this machine share its clock.
#
#	OUT=DIR test_clock.sh	a built tree; prints KTAP

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

mkdir "$tmp/bin"
cp "$bin"/{bpf_*,{find,execmon}_bpftool.sh,equiv,execmon.{workload,bpftool,raw,skel},execmon_kern*} \
	"$tmp/bin" || exit 1

# Sets the clock an hour ahead, or back if it is ahead.
cat >"$tmp/bin/step" <<'END'
#!/bin/sh
if mkdir /tmp/ahead 2>/dev/null; then by=3600; else rmdir /tmp/ahead && by=-3600; fi
date -s "@$(($(date +%s) + ${by:-0}))" >/dev/null
END
# A bpftool that sets the clock at each call, so that whatever waits for it sees a step.
cat >"$tmp/bin/stepping" <<'END'
#!/bin/sh
case $* in *help*) ;; *) step ;; esac
exec bpftool "$@"
END
cat >"$tmp/bin/in_guest" <<'END'
export BPFTOOL=/suite/stepping
run() {
	timeout 1000 "$@" >/tmp/out 2>/tmp/err </dev/null
	echo "status $? $*"
	sed 's/^/out /' /tmp/out
	sed 's/^/err /' /tmp/err
}
# Steps that go ahead in the first run go back in the second.
for _ in 1 2; do
	run execmon.bpftool -f records -- sh -c 'step; /bin/true; step'
	step
done
while step; do sleep 0.1; done &
run equiv -f ktap -n 3 execmon
kill $!
END
chmod +x "$tmp"/bin/{step,stepping}
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -d "$tmp/bin" -- sh ./in_guest >"$tmp/out" 2>"$tmp/err"
status=$?
echo "KTAP version 1"
[[ $status != 4 ]] || { echo "1..0 # SKIP $(tail -n 1 "$tmp/err")"; exit 4; }
[[ $status == 0 ]]
result $? "the guest" "$tmp/err" "$tmp/out"
[[ $(grep -c '^status 0 execmon.bpftool ' "$tmp/out") == 2 ]] && ! grep '^err ' "$tmp/out"
result $? "a COMMAND sets the clock, and so does each call of bpftool" "$tmp/out"
grep -q '^status 0 equiv ' "$tmp/out" && grep -q '^out  *ok .*execmon.bpftool' "$tmp/out"
result $? "the clock is set while all stages are compared" "$tmp/out"
echo "1..$tests"
exit "$failed"
