# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# faults.sh - puts faults back into a family's real sources, one at a time, and
# sees whether `equiv` turns red for that one alone: sourced by test_STEM.sh,
# after `stem=STEM`.
#
# A fault is one substitution in one file.  If the file has nothing to substitute any more,
# the test bails out: without its fault a mutant would never fail.
# Needs root and a built tree; a race needs luck, so it has TRIES runs.

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${OUT:-$here/../../.output}" && pwd) || exit 1
bin=$out/bin
cd "$here/../.." || exit 1
TRIES=${TRIES:-300}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
dir=$tmp/dir
. "$here/../ktap.sh"

skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

# What a fault needs to show: a variant that runs on this kernel, or two CPUs.  If that is
# missing, $why says so.
runs() {
	why="$1 does not run here"
	grep -q "^    ok [0-9]* $1\$" "$tmp/all"
}

two_cpus() {
	why="a race needs two CPUs"
	[ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ]
}

# Makes a directory with the workload and the given variants, if they are built.
family() {
	rm -rf "$dir"
	mkdir "$dir"
	for file in $stem.workload "$@"; do
		[ ! -e "$bin/$file" ] || ln -s "$bin/$file" "$dir"
	done
}

# substitute FILE SED: copies the source with one fault; bails out if SED changes nothing.
substitute() {
	sed -e "$2" "$1" >"$tmp/${1##*/}"
	! cmp -s "$1" "$tmp/${1##*/}" || {
		echo "Bail out! $1 has nothing like $2"
		exit 1
	}
}

# A mutant is a variant with another name, STEM[-FLAVOUR]-FAULT.raw: it loads the object
# of that name, and takes its flavour from it.

# mutate_kern FAULT FLAVOUR SED [HEADER]: makes a mutant with a changed BPF program.  The line
# to change may be in a HEADER of legacy/lib, whose changed copy is then found first.
mutate_kern() {
	kern=$stem${2}_kern
	if [ -n "${4-}" ]; then
		substitute "legacy/lib/$4" "$3"
		cp "legacy/$kern.c" "$tmp"
	else
		substitute "legacy/$kern.c" "$3"
	fi
	# shellcheck disable=SC2046
	${CLANG:-clang} -std=gnu11 -O2 -mcpu=v3 -target bpf -g -I"$tmp" -Isamples -Ilegacy/lib -Ilegacy/compat/include \
		$(pkg-config --cflags libbpf 2>/dev/null) \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-c -o "$dir/$stem$2-${1}_kern.o" "$tmp/$kern.c" || exit 1
	rm -f "$tmp/$kern.c" "$tmp/${4:-none}"
	cp "$bin/$stem$2.raw" "$dir/$stem$2-$1.raw"
}

# mutate_report FAULT FLAVOUR SED: makes a mutant with a changed report.
mutate_report() {
	substitute "samples/${stem}_report.c" "$3"
	${CC:-cc} -std=gnu11 -O2 -D_GNU_SOURCE -Isamples -Isamples/lib -c -o "$tmp/report.o" \
		"$tmp/${stem}_report.c" &&
		${CC:-cc} -std=gnu11 ${SANITIZE:+-fsanitize=$SANITIZE} -o "$dir/$stem$2-$1.raw" \
			"$out/legacy/${stem}_raw.o" \
			"$tmp/report.o" "$out/liblegacy.a" "$out/libsamples.a" -lelf -lz || exit 1
	ln -s "$bin/$stem${2}_kern.o" "$dir/$stem$2-${1}_kern.o"
}

# red NAME MUTANT [WORDS]: does only MUTANT fail, and does the runner print WORDS?
red() {
	"$bin/equiv" -d "$dir" -f ktap -r "$TRIES" "$stem" >"$tmp/out" 2>"$tmp/err"
	[ $? = 1 ] && grep -q "not ok [0-9]* $2\$" "$tmp/out" &&
		[ "$(grep -c '^    not ok ' "$tmp/out")" = 1 ] && grep -q -e "${3:-.}" "$tmp/out"
	result $? "$1" "$tmp/out" "$tmp/err"
}

echo "KTAP version 1"
[ "$(id -u)" = 0 ] || skip_all "needs root: it loads programs into this kernel"
[ -x "$bin/$stem.skel" ] || skip_all "no $bin/$stem.skel: build the tree first"
"$bin/equiv" -f ktap "$stem" >"$tmp/out" 2>"$tmp/err"
status=$?
cp "$tmp/out" "$tmp/all"	# which variants can run here
case $status in
0) ;;
4) skip_all "$stem cannot run here" ;;
*) result 1 "all variants are green without a fault" "$tmp/out" "$tmp/err" ;;
esac
