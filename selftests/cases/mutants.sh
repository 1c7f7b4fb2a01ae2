# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# mutants.sh - does the runner notice typical mistakes in a family?
#
# Each mutant is a variant of the family in which one line is changed to a typical
# mistake.  It is built as a flavour of its own and run beside two real variants: the
# mutant must fail with the right message, and the others must pass.  A mutant with the
# name "same" has no mistake and must pass, which shows that the others fail because of
# their change.  Its SED may be empty.
#
# Used by selftests/cases/test_FAMILY.sh, which sets `family` and gives a function
# `mutants` that prints, a line each, NAME|VARIANT|FILE|SED|NEEDS|WORDS|WHAT IT DOES:
# FILE is kern.c, raw.c, bpf.c or c, which stand for a source of VARIANT, or the path of
# another file, which is then changed for this mutant alone; NEEDS is empty, or a command
# that fails, and says why, where this machine cannot show the fault.  With `guest=yes` all
# of it runs in guests with two CPUs if this kernel cannot run the family: a boot for each
# mutant.  A function `more`, if there is one, has further tests of the family; it may set
# `beside`, the real variants, and call try_mutants for another list of mutants.
# Environment: OUT, EVENTS, RING (the size of all rings), KERNEL (of a guest), and whatever else the build was given.
# shellcheck disable=SC2154 # family
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
test=${0##*/}
OUT=$(cd "${OUT:-$top/.output}" && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$top/selftests/ktap.sh"

two_cpus()
{
	[ "$in_guest" ] || [ "$(nproc)" -ge 2 ] || { echo "there is only $(nproc) CPU, and it needs 2"; return 1; }
}
# Can the variant run here?
runs()
{
	grep -q "^    ok [0-9]* $1\$" "$tmp/variants" || { echo "$1 does not run here"; return 1; }
}
# Prints those of the variants that can run here, a line each; all of them without arguments.
all_that_run()
{
	sed -n 's/^    ok [0-9]* \([^ ]*\)$/\1/p' "$tmp/variants" |
		{ [ $# = 0 ] && cat || grep -xF "$(printf '%s\n' "$@")"; }
}
# The workload makes 32-bit calls where it can, and says where it cannot.
calls_of_32_bit()
{
	! "$OUT/bin/$family.workload" --brief 2>&1 >"$tmp/log" | sed -n 's/^not made: \(32-bit calls\)/no \1/p' |
		grep .
}

# Where a variant's FILE is: `source_of STEM FILE`.
source_of()
{
	case $2 in
	kern.c|raw.c) echo "legacy/$1_$2" ;;
	*) echo "modern/$1.$2" ;;
	esac
}

# The stem of a mutant: `stem_of NAME VARIANT`.  It keeps the flavour of the variant, since a
# user side without a source of its own finds out by its name which flavour it is.
stem_of() { echo "${2%.*}-$1"; }

# Writes a mutant's sources, of which FILE is changed: `make_mutant NAME VARIANT FILE SED`.
make_mutant()
{
	local stem file from to files="bpf.c c" tree=$tmp/tree new
	new=$(stem_of "$1" "$2")

	case $3 in
	*/*)	# Other mutants must not see the change.
		tree=$tmp/tree-$1
		cp -r "$tmp/tree" "$tree"
		change "$tree/$3" "$4" ;;
	esac
	[ "${2##*.}" = skel ] || files="kern.c raw.c"
	for file in $files; do
		stem=${2%.*}
		[ -e "$top/$(source_of "$stem" "$file")" ] || stem=$family
		from=$top/$(source_of "$stem" "$file")
		to=$tree/$(source_of "$new" "$file")
		[ -e "$from" ] || continue	# map_crud has no kern.c
		sed "s/\b${stem//-/_}_bpf\b/${new//-/_}_bpf/; s/\b${stem//-/_}_bpf__/${new//-/_}_bpf__/
			s/\"$stem\.skel\.h\"/\"$new.skel.h\"/; s/\"${stem}_kern\.o\"/\"${new}_kern.o\"/" \
			"$from" >"$to"
		[ "$file" != "$3" ] || [ -z "$4" ] || change "$to" "$4"
	done
}

# Removes FILE if SED changes nothing, so that its mutant is not built: `change FILE SED`.
change()
{
	mv "$1" "$tmp/before"
	sed "$2" "$tmp/before" >"$1"
	! cmp -s "$1" "$tmp/before" || rm "$1"
}

# Runs the family of a directory, here or in a guest: `run DIR OPTION...`.
in_guest=
run()
{
	if [ "$in_guest" ]; then
		# stdout and stderr of a guest come by two ports, and may meet within a line.
		"$top/selftests/guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -d "$1" -- \
			equiv -f ktap "${@:2}" "$family" 2>"$tmp/err"
		set -- $?
		cat "$tmp/err" >&2
		return "$1"
	else
		"$OUT/bin/equiv" -d "$1" -f ktap "${@:2}" "$family"
	fi
}

[ "$(id -u)" = 0 ] || [ "${guest-}" ] || {
	echo "$test: needs root: variants load programs into this kernel" >&2
	exit 4
}
[ -x "$OUT/bin/equiv" ] || {
	echo "$test: $OUT/bin is not built: make OUT=$OUT" >&2
	exit 1
}
run "$OUT/bin" >"$tmp/out" 2>&1
status=$?
cp "$tmp/out" "$tmp/variants"
[ $status != 4 ] || [ -z "${guest-}" ] || {
	in_guest=yes
	run "$OUT/bin" >"$tmp/out" 2>&1
	status=$?
}
[ $status != 4 ] || {
	grep 'SKIP\|^vm.sh: ' "$tmp/out" | head -n 1 >&2
	exit 4
}

echo "KTAP version 1"
result $status "all variants of $family agree" "$tmp/out"

# A tree of this family alone, with the mutants as flavours.
mkdir -p "$tmp"/bin "$tmp"/tree/{samples,legacy,modern}
cp -r "$top"/{Makefile,selftests} "$tmp/tree"
for dir in samples legacy modern; do
	cp -r "$top/$dir"/{lib,"$family"*} "$tmp/tree/$dir"
done
cp -r "$top/legacy/compat" "$tmp/tree/legacy"
beside=("$family.raw" "$family.skel")

# Builds each mutant of a list and runs it beside real variants: `try_mutants FUNCTION`.
try_mutants()
{
	local name of which how needs words what mutant title stem variant good status want word repeat
	local targets=()

	: >"$tmp/log"
	while IFS='|' read -r name of which how _; do
		make_mutant "$name" "$of" "$which" "$how"
		case $which in
		*/*) build "$tmp/tree-$name" "$tmp/built-$name" "$(stem_of "$name" "$of").${of##*.}" ;;
		*) targets+=("$(stem_of "$name" "$of").${of##*.}") ;;
		esac
	done < <("$1")
	build "$tmp/tree" "$tmp/built" "${targets[@]}"

	rm -rf "$tmp/bin"
	mkdir "$tmp/bin"
	ln -s "$OUT/bin/"{equiv,"$family.workload"} "$tmp/bin"
	for variant in "${beside[@]}"; do
		ln -s "$OUT/bin/$variant" "$tmp/bin"
		[ "${variant##*.}" = skel ] || [ ! -e "$OUT/bin/${variant%.*}_kern.o" ] ||
			ln -sf "$OUT/bin/${variant%.*}_kern.o" "$tmp/bin"
	done
	while IFS='|' read -r name of which _ needs words what; do
		stem=$(stem_of "$name" "$of") mutant=$stem.${of##*.}
		title="a variant that $what"
		if [ -n "$needs" ] && ! why=$($needs); then
			skipped "$title" "$why"
			continue
		fi
		built=$tmp/built
		[[ $which != */* ]] || built=$tmp/built-$name
		[ -x "$built/bin/$mutant" ] || {
			result 1 "$title" "$tmp/log"
			continue
		}
		ln -s "$built/bin/$stem"[._]* "$tmp/bin"
		# A race may not show in the first run: equiv repeats until the first failure.
		repeat=1
		[ "$needs" != two_cpus ] || repeat=300
		run "$tmp/bin" -1 -r $repeat ${EVENTS:+-n $EVENTS} ${RING:+--ring=$RING} >"$tmp/all" 2>&1
		status=$?
		# Some are right in the first pass.
		if [ $status = 0 ] && [ "$name" != same ] && [ $repeat = 1 ]; then
			run "$tmp/bin" ${EVENTS:+-n $EVENTS} ${RING:+--ring=$RING} >"$tmp/all" 2>&1
			status=$?
		fi
		awk '/# Subtest: / { text = "" } { text = text $0 "\n" } END { printf "%s", text }' \
			"$tmp/all" >"$tmp/out"
		rm "$tmp/bin/$stem"[._]*
		good=0
		for variant in "${beside[@]}"; do
			! grep -q "^    ok [0-9]* $variant\$" "$tmp/out" || good=$((good + 1))
		done
		want=1 word="not ok"
		[ "$name" != same ] || want=0 word=ok
		[ $status = $want ] && grep -q "^    $word [0-9]* $mutant\$" "$tmp/out" &&
			grep -q -e "$words" "$tmp/out" && [ $good = ${#beside[@]} ]
		result $? "$title" "$tmp/out"
	done < <("$1")
}

# Builds mutants and their BPF objects: `build TREE OUT STEM.STAGE...`.
build()
{
	local tree=$1 out=$2 targets=() mutant

	for mutant in "${@:3}"; do
		targets+=("$out/bin/$mutant")
		[ ! -e "$tree/legacy/${mutant%.*}_kern.c" ] || targets+=("$out/bin/${mutant%.*}_kern.o")
	done
	MAKEFLAGS='' make -C "$tree" OUT="$out" VMLINUX_H="$OUT/modern/vmlinux.h" WERROR='' \
		-k -j2 "${targets[@]}" >>"$tmp/log" 2>&1
}

try_mutants mutants
[[ $(type -t more) != function ]] || more
echo "1..$tests"
exit $failed
