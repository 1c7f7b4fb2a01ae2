#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_matrix.sh - does a cell of the matrix that fails turn red?
#
# The test has the output of a cell that passed: KTAP of two families, vm.sh's messages
# and an exit status.  It changes that output in each way that a cell can fail, and calls
# `matrix.py --report`: the cell must turn red, with the right reason.  No guest is booted,
# and no program is built.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset CELLS JOBS KERNELS LIMIT
. "$here/../ktap.sh"
plan=54

ktap() {	# LINUX
	cat <<-END
	# Linux $1.0-1-cloud-amd64, preempt: fixed, bpftool v7.0.0
	KTAP version 1
	1..2
	    KTAP version 1
	    # Subtest: execmon
	    1..3
	    # 208 records expected, 4 rounds, Linux $1.0-1-cloud-amd64 x86_64
	    # execmon-xattr.libbpf: 208 records, seen=200 lost=0 missed=0
	    ok 1 execmon-xattr.libbpf
	    # execmon.raw: 208 records, seen=200 lost=0 missed=0
	    ok 2 execmon.raw
	    # execmon.skel: 208 records, seen=200 lost=0 missed=0
	    ok 3 execmon.skel
	ok 1 execmon
	    KTAP version 1
	    # Subtest: map_crud
	    1..2
	    # 270 records expected, 270 rounds, Linux $1.0-1-cloud-amd64 x86_64
	    # map_crud.raw: 270 records, seen=270 lost=0 missed=0
	    ok 1 map_crud.raw
	    # map_crud.skel: 270 records, seen=270 lost=0 missed=0
	    ok 2 map_crud.skel
	ok 2 map_crud
	END
}

# A new matrix, in which 5.10/1.1 and 6.1/1.1 have passed.
fresh() {
	local kernel

	rm -rf "$tmp/matrix"
	mkdir -p "$tmp/matrix"
	printf '%s\n' 'execmon execmon-xattr.libbpf' 'execmon execmon.raw' 'execmon execmon.skel' \
		'map_crud map_crud.raw' 'map_crud map_crud.skel' >"$tmp/matrix/variants"
	for kernel in 5.10 6.1; do
		ktap $kernel | cell $kernel/1.1 0
	done
}

cell() {	# CELL STATUS [ERR], KTAP on stdin
	mkdir -p "$tmp/matrix/cells/$1"
	cat >"$tmp/matrix/cells/$1/out"
	printf '%s' "${3:+$3$'\n'}" >"$tmp/matrix/cells/$1/err"
	echo "$2" >"$tmp/matrix/cells/$1/status"
}

report() { KERNELS=${1:-"5.10 6.1"} OUT=$tmp "$here/matrix.py" --report >"$tmp/text" 2>"$tmp/err"; }

red() {	# NAME WORDS: 6.1/1.1 is red, the other is not, and the reason has these words
	report
	[ $? = 1 ] && grep -qE "^FAIL 6.1/1.1: $2" "$tmp/text" && ! grep -q '^FAIL 5.10' "$tmp/text" &&
		[ ! -s "$tmp/err" ] && grep -q '^1 cells passed, 1 failed, 0 skipped' "$tmp/text"
	result $? "$1" "$tmp/text" "$tmp/err"
}

green() {
	report && ! grep -q FAIL "$tmp/text" && [ ! -s "$tmp/err" ]
	result $? "$1" "$tmp/text" "$tmp/err"
}

echo "KTAP version 1"
echo "1..$plan"

fresh
green "all has passed"

vm='vm.sh: the guest (6.1.0) died before the command had ended; its last words:
vm.sh:   BUG: kernel NULL pointer dereference'
fresh
ktap 6.1 | sed '/^ok 1/q' | cell 6.1/1.1 1 "$vm"
red "a guest that crashes" "the cell: status 1"
grep -q '^FAIL 6.1/1.1: map_crud: no result' "$tmp/text" && grep -q 'NULL pointer' "$tmp/text"
result $? "... and the family that it did not reach has no result" "$tmp/text" "$tmp/err"
fresh
ktap 6.1 | sed '6,$d' | cell 6.1/1.1 1 "$vm"
red "a guest that crashes within a family" "execmon: no result"
fresh
ktap 6.1 | cell 6.1/1.1 1 'vm.sh: the kernel log of 6.1.0 is not clean (status of the command: 0); from the first complaint on:
vm.sh:   WARNING: CPU: 0 PID: 1 at kernel/trace/bpf_trace.c:1'
red "a warning in the kernel log" "the cell: status 1"
fresh
ktap 6.1 | sed 's/ ok 2 execmon.raw/ not ok 2 execmon.raw/; s/^ok 1/not ok 1/' | cell 6.1/1.1 1 \
	'vm.sh: the kernel log of 6.1.0 is not clean (status of the command: 1); from the first complaint on:'
red "... and a variant that fails" "the cell: status 1"
fresh
cell 6.1/1.1 1 'vm.sh: /boot/vmlinuz (6.1.0) did not reach its init within 120 s; its last words:' </dev/null
red "a guest that does not boot" "the cell: status 1"
fresh
ktap 6.1 | sed '/^ok 1/q' | cell 6.1/1.1 124
red "a cell that hangs" "the cell: was ended"
fresh
cell 6.1/1.1 1 'matrix.py: 1.1 does not build:' </dev/null
red "a build that fails" "the cell: status 1"
fresh
cell 6.1/1.1 1 'matrix.py: 1.1 does not build:' </dev/null
rm "$tmp/matrix/variants"
report
[ $? = 1 ] && grep -q '^FAIL 6.1/1.1: the cell: status 1' "$tmp/text" && [ ! -s "$tmp/err" ]
result $? "... when nothing else has been built" "$tmp/text" "$tmp/err"
fresh
rm "$tmp/matrix/cells/6.1/1.1/out"
report
[ $? = 1 ] && grep -q '^FAIL 6.1/1.1: the cell: what it printed cannot be read' "$tmp/text"
result $? "a cell whose output is gone" "$tmp/text" "$tmp/err"

fresh
ktap 6.1 | sed 's/ ok 2 execmon.raw/ # lost 3\n    not ok 2 execmon.raw/; s/^ok 1/not ok 1/' | cell 6.1/1.1 1
red "a variant that fails" "execmon.raw: "
grep -q 'lost 3' "$tmp/text"
result $? "... says why" "$tmp/text" "$tmp/err"
fresh
ktap 6.1 | sed 's/^ok 2/not ok 2/' | cell 6.1/1.1 1
red "a family that fails" "map_crud: not ok"
fresh
ktap 6.1 | sed '/^ok 1/q' | cell 6.1/1.1 0
red "a family that is missing" "map_crud: no result"
fresh
ktap 6.1 | grep -v map_crud.skel | cell 6.1/1.1 0
red "a variant that is missing" "map_crud.skel: no result"
fresh
ktap 6.1 | cell 6.1/1.1 3
red "a status that does not fit the results" "the cell: status 3"
fresh
ktap 6.1 | cell 6.1/1.1 4
red "a cell that passed, with the status of a skip" "the cell: the status is 4"

skip='s/ ok 2 execmon.raw/& # SKIP no such helper/'
fresh
ktap 6.1 | sed "$skip" | cell 6.1/1.1 0
red "a skip where an older kernel passes" "execmon.raw: skipped, but passes on the older 5.10.0-1"
fresh
ktap 5.10 | sed "$skip" | cell 5.10/1.1 0
ktap 6.1 | sed "$skip" | cell 6.1/1.5 0
green "a variant that is skipped on an older kernel, and in another build"
row=arm64
[ "$("$here/../arch.sh" "" arch)" != arm64 ] || row=s390	# of which this machine is not
fresh
ktap 6.1 | cell 6.1/1.8 0
ktap 6.12 | sed "$skip" | cell 6.12,$row/1.8 0
report "6.1 6.12" && ! grep -q FAIL "$tmp/text" && [ ! -s "$tmp/err" ] &&
	grep -q "^6.12,$row  *-  .* ok 4, skip 1 " "$tmp/text"
result $? "... and on another architecture" "$tmp/text" "$tmp/err"
fresh
ktap 6.12 | cell 6.12,$row/1.8 0
ktap 7.3 | sed "$skip" | cell 7.3,$row/1.8 0
report "6.1 6.12 7.3"
[ $? = 1 ] && grep -q "^FAIL 7.3,$row/1.8: execmon.raw: skipped, but passes on the older 6.12.0-1" "$tmp/text"
result $? "... but not where an older kernel of that architecture passes" "$tmp/text" "$tmp/err"
fresh
ktap 6.1 | sed "${skip%/} (CONFIG_KPROBES)/" | cell 6.1/1.1 0
green "a variant that is skipped because a config option is not set"
fresh
ktap 6.1 | sed "${skip%/} although CONFIG_KPROBES=y/" | cell 6.1/1.1 0
red "... although it is set" "execmon.raw: skipped, but passes"
fresh
ktap 6.1 | sed 's/^ok 1.*/& # SKIP no modern variant could run here/' | cell 6.1/1.1 0
red "a family that is skipped as a whole has passed nothing" "execmon.skel: skipped, but passes"

none="vm.sh: no cloud kernel 6.1 is available"
fresh
cell 6.1/1.1 4 "$none" </dev/null
red "a kernel that is not available, and is newer than one that passes" \
	"the cell: skipped, but passes on the older 5.10.0-1.*: $none"
python3 - "$tmp/matrix/matrix.json" "$none" <<-'END' 2>"$tmp/err"
import json, sys
cells = {c["kernel"] + "/" + c["build"]: c for c in json.load(open(sys.argv[1]))["cells"]}
skipped = [r["family"] for r in cells["6.1/1.1"]["results"]
	   if r["variant"] == "-" and r["verdict"] == "skip" and r["why"] == sys.argv[2]]
assert skipped == ["execmon", "map_crud"], skipped
END
result $? "... is a skip of each family" "$tmp/err"
fresh
cell 5.10/1.1 4 "$none" </dev/null
green "a kernel that is not available, and is older than one that passes"
fresh
ktap 6.1 | sed 1q | cell 6.1/1.1 4 "this kernel has no preempt=full (CONFIG_PREEMPT_DYNAMIC)"
green "a guest that lacks a config option"
fresh
ktap 6.1 | sed 's/^ok [12].*/& # SKIP no modern variant could run here/; s/ ok .*/& # SKIP no bpf(2)/' |
	cell 6.1/1.1 4
red "a guest in which every variant is skipped" "execmon.raw: skipped, but passes"
fresh
ktap 6.1 | sed '/^ok 1/q; s/ ok .*/& # SKIP no bpf(2)/' | cell 6.1/1.1 4
red "... and a family is missing" "map_crud: no result"
fresh
rm -r "$tmp/matrix/cells/6.1"
green "a cell that was not run"
fresh
rm -r "$tmp/matrix/cells/5.10"
cell 6.1/1.1 4 "vm.sh: there is no qemu" </dev/null
report
[ $? = 4 ] && grep -q '^skip 6.1/1.1: the cell: vm.sh: there is no qemu' "$tmp/text"
result $? "nothing could be run" "$tmp/text" "$tmp/err"

fresh
ktap 6.1 | sed 's/ ok 2 execmon.raw/ # a	<b> \& "c" \\d\n    # \xff\x1b[0mand\n    not ok 2 execmon.raw/' | cell 6.1/1.1 1
report
python3 - "$tmp/matrix/matrix.json" <<-'END' 2>"$tmp/err" &&
import json, sys
cells = {c["kernel"] + "/" + c["build"]: c for c in json.load(open(sys.argv[1]))["cells"]}
why = [r["why"] for r in cells["6.1/1.1"]["results"] if r["variant"] == "execmon.raw"]
assert cells["5.10/1.1"]["verdict"] == "pass" and cells["6.1/1.1"]["verdict"] == "fail", cells
assert why[0].endswith('a <b> & "c" \\d\n??[0mand'), why
END
	grep -q 'a &lt;b&gt; &amp; "c" \\d$' "$tmp/matrix/index.html" &&
	! grep -qE '(src|href)=|url\(|https?:' "$tmp/matrix/index.html"
result $? "JSON and page show any characters; the page needs no other file" "$tmp/text" "$tmp/err"

# Tests --readme in a copy of this directory, as it changes README.md.
mkdir -p "$tmp/top/selftests/guest"
cp -r "$here" "$here/../ktap.py" "$tmp/top/selftests"
sed 's/aarch64-\|s390x-/fake-&/' "$here/../arch.sh" >"$tmp/top/selftests/arch.sh"
chmod +x "$tmp/top/selftests/arch.sh"
cp "$here/../guest/cache.sh" "$tmp/top/selftests/guest"
sed 's/^| 6.1 |.*/| 6.1 | old |/' "$here/README.md" >"$tmp/top/selftests/matrix/README.md"
cp "$tmp/top/selftests/matrix/README.md" "$tmp/README.was"
"$here/matrix.py" --list >"$tmp/list"
all() {
	fresh
	while IFS=/ read -r kernel build; do
		ktap "${kernel%%,*}" | cell "$kernel/$build" 0
	done < <(grep -v '#\|no cell' "$tmp/list")
}
readme() { KERNELS=6.1 CELLS='6.1/*' OUT=$tmp "$tmp/top/selftests/matrix/matrix.py" --readme >"$tmp/text" 2>"$tmp/err"; }
# Prints a README.md without the cells, and without the list of what was skipped.
frame() { cut -d'|' -f-2 "$1" | sed '/^Skipped were:$/,/^<!-- end/{/^<!-- end/!d}'; }
stays() {	# NAME
	readme
	[ $? = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ] && cmp "$tmp/top/selftests/matrix/README.md" "$tmp/README.was" >>"$tmp/err"
	result $? "$1" "$tmp/text" "$tmp/err"
}
all
rm "$tmp/matrix/cells/7.3/1.8/status"
stays "--readme changes nothing if the matrix lacks a cell"
all
ktap 6.1 | sed 's/^ok 2/not ok 2/' | cell 6.1/1.5 1
stays "... or has a red cell"
all
for cell in "$tmp"/matrix/cells/5.10*/*; do
	: >"$cell/out"
	echo "vm.sh: no cloud kernel 5.10 is available" >"$cell/err"
	echo 4 >"$cell/status"
done
stays "... or has a kernel on which nothing has passed"
all
for cell in "$tmp"/matrix/cells/6.12,$row/*; do
	: >"$cell/out"
	echo 4 >"$cell/status"
done
stays "... or another architecture, although others have passed on that kernel"
all
readme && [ ! -s "$tmp/err" ] && grep -q '^| 6.1 | ok 5 |.* ok 5 |$' "$tmp/top/selftests/matrix/README.md" &&
	diff <(frame "$tmp/top/selftests/matrix/README.md") <(frame "$tmp/README.was") >>"$tmp/err"
result $? "--readme writes the table of a matrix that is complete and green" "$tmp/text" "$tmp/err"

# Runs matrix.py from build to report, with a make.sh and a vm.sh that only pretend to work.
mkdir -p "$tmp/top/selftests"/{guest,tree} "$tmp/cache/trees/6.1/src" "$tmp/other"
ktap 6.1 >"$tmp/ktap"
cat >"$tmp/top/selftests/tree/make.sh" <<-'END'
	#!/bin/sh
	mkdir -p "$3" && cp "$(dirname "$0")/equiv" "$3"
END
cat >"$tmp/top/selftests/tree/equiv" <<-END
	#!/bin/sh
	awk '\$1 != family { print family = \$1 } { print " ", \$2 }' "$tmp/matrix/variants"
END
cat >"$tmp/top/selftests/guest/vm.sh" <<-END
	#!/bin/sh
	while [ "\$1" != -d ]; do shift; done
	[ -x "\$2/equiv" ] && cat "$tmp/ktap"
END
cp /bin/false "$tmp/top/selftests/guest/fetch.sh"
chmod +x "$tmp/top/selftests"/{tree/*,guest/*}
BPF_EVOLUTION_CACHE=$tmp/cache KERNELS=6.1 CELLS=6.1/1.1 OUT=$tmp/other \
	"$tmp/top/selftests/matrix/matrix.py" >"$tmp/text" 2>"$tmp/err" &&
	grep -q '^1 cells passed, 0 failed' "$tmp/text" && [ ! -e "$tmp/top/.output" ]
result $? "a cell is built and run, and all files are in OUT" "$tmp/text" "$tmp/err"

cat >"$tmp/top/selftests/guest/vm.sh" <<-END
	#!/bin/sh
	case "\$*" in "-k 6.1 "*) echo "vm.sh: it did not boot" >&2; exit 1 ;; esac
	cat "$tmp/ktap"
END
mkdir -p "$tmp/cache/trees"/{5.10,6.12,7.3}/src
several() { (cd "$tmp/top" && BPF_EVOLUTION_CACHE=$tmp/cache OUT=$tmp/other "selftests/matrix/matrix.py" >"$tmp/text" 2>"$tmp/err"); }
# 6.1 does not boot: 7 cells.  Of the builds for 6.12, three cannot be made here.
KERNELS="6.1 6.12" several
[ $? = 1 ] && grep -q '^4 cells passed, 10 failed' "$tmp/text"
result $? "all cells of two kernels, where * would match names of files" "$tmp/text" "$tmp/err"
grep -q "^skip 6.12,$row/1.8: the cell: there is no fake-.*-gcc: make deps ARCH=$row" "$tmp/text"
result $? "a row without a cross compiler says so, and does not keep the others from running" "$tmp/text" "$tmp/err"
KERNELS="6.1 6.12" CELLS="6.1/1.1 6.12/1.1" several
[ $? = 1 ] && grep -q '^1 cells passed, 1 failed' "$tmp/text"
result $? "two patterns: the cell of the first is red" "$tmp/text" "$tmp/err"

mkdir "$tmp/path"
ln -s /bin/true "$tmp/path/$("$tmp/top/selftests/arch.sh" $row triplet)-gcc"
printf '#!/bin/sh\necho "sysroot.sh: no network" >&2; exit 4\n' >"$tmp/top/selftests/guest/sysroot.sh"
chmod +x "$tmp/top/selftests/guest/sysroot.sh"
cat >"$tmp/top/selftests/tree/make.sh" <<-'END'
	#!/bin/sh
	mkdir -p "$3" && cp "$(dirname "$0")/equiv" "$3" && echo "${ARCH-}" >"$3/arch"
END
cat >"$tmp/top/selftests/guest/vm.sh" <<-'END'
	#!/bin/sh
	while [ "$1" != -A ]; do shift; done
	arch=$2
	while [ "$1" != -d ]; do shift; done
	[ "$(cat "$2/arch")" = "$arch" ] && cat "${0%/top/*}/ktap"
END
export PATH=$tmp/path:$PATH
KERNELS=6.12 CELLS=6.12,$row/1.8 several
[ $? = 4 ] && grep -q "^skip 6.12,$row/1.8: the cell: sysroot.sh: no network" "$tmp/text"
result $? "a row without a sysroot is skipped, with the reason" "$tmp/text" "$tmp/err"
cp /bin/true "$tmp/top/selftests/guest/sysroot.sh"
cp /bin/true "$tmp/top/selftests/guest/btf.sh"
KERNELS=6.12 CELLS=6.12,$row/1.8 several && grep -q '^1 cells passed, 0 failed, 0 skipped' "$tmp/text"
result $? "a row of another architecture is built for it, and runs there" "$tmp/text" "$tmp/err"

"$here/matrix.py" -h >"$tmp/text" 2>"$tmp/err" && grep -q '^usage: matrix.py' "$tmp/text"
result $? "-h says what there is" "$tmp/text" "$tmp/err"
"$here/matrix.py" -x >"$tmp/text" 2>"$tmp/err"
[ $? = 1 ] && [ "$(cat "$tmp/text" "$tmp/err" | wc -l)" = 1 ]
result $? "another option is refused with a line" "$tmp/text" "$tmp/err"
for wrong in JOBS=0 JOBS=two LIMIT=1m KERNELS=/nowhere/bzImage "CELLS=6.1/1.1 nope" "CELLS= "; do
	env "$wrong" OUT="$tmp/other" "$here/matrix.py" >"$tmp/text" 2>"$tmp/err"
	[ $? = 1 ] && [ "$(cat "$tmp/text" "$tmp/err" | wc -l)" = 1 ]
	result $? "$wrong is refused with a line, before anything is built" "$tmp/text" "$tmp/err"
done

# README's table has the rows and columns of the matrix as it is now, and is green.
awk '
	FNR == NR { if (!/^#/ && !/no cell/) want[$1]; next }
	/^<!-- the matrix/ { inside = 1; next }
	/^<!-- end of the matrix/ { inside = 0 }
	!inside || !/^\|/ || /^\|---/ { next }
	{ columns = split($0, field, / *\| */) }
	field[2] == "kernel" { for (i = 3; i < columns; i++) build[i] = field[i]; next }
	{
		for (i = 3; i < columns; i++)
			if (field[i] != "-") {
				have[field[2] "/" build[i]]
				if (field[i] !~ /^(ok [0-9]+(, skip [0-9]+)?|skip)$/)
					print "not green in README.md: " field[2] "/" build[i] ": " field[i]
			}
	}
	END {
		for (c in want) if (!(c in have)) print "not in README.md: " c
		for (c in have) if (!(c in want)) print "no cell any more: " c
	}' "$tmp/list" "$here/README.md" >"$tmp/text"
: >"$tmp/err"
[ ! -s "$tmp/text" ]
result $? "README.md has the table (selftests/matrix/matrix.py --readme puts it there)" "$tmp/text" "$tmp/err"
exit $failed
