#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_legacy.sh - legacy/lib against input that no compiler and no kernel
# makes, built with ASan and UBSan: the ELF loader and the perf rings.
# Environment: OUT (where things are built).
here=$(cd "$(dirname "$0")" && pwd)
OUT=$(mkdir -p "${OUT:-$here/../.output}" && cd "${OUT:-$here/../.output}" && pwd) || exit 1
bin=$OUT/sanitize/bin
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
failed=0
n=0

make -s -C "$here/.." OUT="$OUT/sanitize" SANITIZE=address,undefined \
	"$bin/test_elf_load" "$bin/test_perf_ring" \
	"$bin/execmon_kern.o" "$bin/trace_output_kern.o" >&2 || {
	echo "test_legacy: cannot build with -fsanitize=address,undefined" >&2
	exit 1
}

echo "KTAP version 1"
echo 1..2
for test in test_elf_load test_perf_ring; do
	n=$((n + 1))
	echo "    # Subtest: $test"
	result=ok
	{ "$bin/$test" || echo "not ok - exit status $?"; } >"$bin/$test.out"
	grep -q '^not ok' "$bin/$test.out" && result='not ok' && failed=1
	sed 's/^/    /' "$bin/$test.out"
	echo "$result $n $test"
done
exit $failed
