#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_units.sh - what all verdicts rest on, without a kernel: how facts are
# written (samples/lib/report.c) and how the runner compares them
# (equiv/records.c), built with ASan and UBSan.
# Environment: OUT (where things are built).
here=$(cd "$(dirname "$0")" && pwd)
OUT=$(mkdir -p "${OUT:-$here/../.output}" && cd "${OUT:-$here/../.output}" && pwd) || exit 1
# Not where test_legacy.sh builds: it may be doing so at this moment.
bin=$OUT/sanitize-units/bin
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
failed=0
n=0

make -s -C "$here/.." OUT="$OUT/sanitize-units" SANITIZE=address,undefined \
	"$bin/test_report" "$bin/test_records" >&2 || {
	echo "test_units: cannot build with -fsanitize=address,undefined" >&2
	exit 1
}

echo "KTAP version 1"
echo 1..2
for test in test_report test_records; do
	n=$((n + 1))
	echo "    # Subtest: $test"
	result=ok
	{ "$bin/$test" || echo "not ok - exit status $?"; } >"$bin/$test.out"
	grep -q '^not ok' "$bin/$test.out" && result='not ok' && failed=1
	sed 's/^/    /' "$bin/$test.out"
	echo "$result $n $test"
done
exit $failed
