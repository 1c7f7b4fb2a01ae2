#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh - searches input that crashes maps2btf, for TIME seconds.
#
# It uses libFuzzer, ASan and UBSan.  An input fails, too, if it takes more than a second
# or 64 MiB.  The seeds are the sources in fixtures/, compiled by clang in both byte
# orders, with and without BTF; the fuzzer keeps what it learns in OUT/fuzz/corpus.  If an
# input fails, fuzz.sh keeps it in OUT/fuzz, and prints the command that repeats it.
# Environment: OUT, CLANG, TIME (60).
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
compat=$here/..
clang=${CLANG:-clang}
mkdir -p "${OUT:-$compat/.output}/fuzz/corpus" || exit 1
dir=$(cd "${OUT:-$compat/.output}/fuzz" && pwd)

sanitize=-fsanitize=fuzzer,address,undefined
echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n); int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p && !n; }' |
	$clang -std=gnu11 $sanitize -x c -o "$dir/probe" - 2>"$dir/probe.err" || {
	cat "$dir/probe.err" >&2
	version=$($clang -dumpversion | cut -d. -f1)
	echo "fuzz: $clang has no libFuzzer: install libclang-rt-$version-dev" >&2
	exit 4
}
rm -f "$dir/probe" "$dir/probe.err"
$clang -std=gnu11 -O1 -g -D_GNU_SOURCE $sanitize -fno-sanitize-recover=all -I"$compat/maps2btf" \
	-o "$dir/fuzz_maps2btf" "$here/fuzz_maps2btf.c" \
	$(ls "$compat"/maps2btf/*.c | grep -v /main.c) -lelf || exit 1

for src in "$compat"/fixtures/*.c; do
	for target in bpfel bpfeb; do
		for g in '' -g; do
			$clang -std=gnu11 -O2 -target $target -w $g -I"$compat/include" ${LIBBPF_CFLAGS-} \
				-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$src" \
				-o "$dir/corpus/$(basename "$src" .c)-$target$g" || exit 1
		done
	done
done

cd "$dir" || exit 1
until ./fuzz_maps2btf -max_total_time="${TIME:-60}" -max_len=65536 -timeout=1 -malloc_limit_mb=64 \
	-print_final_stats=1 -verbosity=0 corpus >log 2>&1; do
	found=$(ls -t "$dir"/crash-* "$dir"/oom-* "$dir"/timeout-* 2>/dev/null | head -n 1)
	# A timeout that does not happen again was due to the machine: go on.
	[[ $found = */timeout-* ]] && ./fuzz_maps2btf -timeout=1 "$found" >/dev/null 2>&1 &&
		rm -f "$found" && continue
	tail -n 40 log
	echo "fuzz: an input fails; repeat it with: $dir/fuzz_maps2btf $found" >&2
	exit 1
done
sed -n 's/^stat::\(number_of_executed_units\|average_exec_per_sec\|peak_rss_mb\|slowest_unit_time_sec\): */\1: /p' log
echo "fuzz: nothing found in ${TIME:-60} seconds"
