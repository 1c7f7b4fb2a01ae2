#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_units.sh - runs the unit tests, built with ASan and UBSan: how records are
# written (samples/lib/report.c) and how the runner compares them (equiv/records.c);
# and legacy/lib's ELF loader, reader of BTF and perf rings, with input that no
# compiler and no kernel makes.  The unit tests are the test programs that stand
# beside the code they test and have no script of their name here.
# Environment: OUT (where things are built).
top=$(cd "$(dirname "$0")/../.." && pwd)
OUT=$(mkdir -p "${OUT:-$top/.output}" && cd "${OUT:-$top/.output}" && pwd) || exit 1
bin=$OUT/sanitize/bin
tests=
for file in "$top"/samples/lib/tests/test_*.c "$top"/legacy/lib/tests/test_*.c \
		"$top"/selftests/runner/test_*.c; do
	test=$(basename "$file" .c)
	[ -e "$top/selftests/cases/$test.sh" ] || tests="$tests $test"
done
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
failed=0
n=0

# shellcheck disable=SC2086 # several words
make -s -C "$top" OUT="$OUT/sanitize" SANITIZE=address,undefined \
	$(printf "$bin/%s " $tests) "$bin/execmon_kern.o" "$bin/trace_output_kern.o" >&2 || {
	echo "test_units: cannot build with -fsanitize=address,undefined" >&2
	exit 1
}

echo "KTAP version 1"
echo "1..$(echo $tests | wc -w)"
for test in $tests; do
	n=$((n + 1))
	echo "    # Subtest: $test"
	result=ok
	{ "$bin/$test" || echo "not ok - exit status $?"; } >"$bin/$test.out"
	grep -q '^not ok' "$bin/$test.out" && result='not ok' && failed=1
	sed 's/^/    /' "$bin/$test.out"
	echo "$result $n $test"
done
exit $failed
