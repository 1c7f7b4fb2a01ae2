#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_ring.sh - does --ring=BYTES give each ring that size, in which it wraps many times, and
# is it refused where it cannot?  How large a ring is can be seen in /proc/PID/maps: a COMMAND
# under equiv looks there at all variants at once, which other tests may run meanwhile, too.
# Families that this kernel cannot run are run in a guest.
#
#	OUT=DIR test_ring.sh		root, a built tree; prints KTAP

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

[[ $EUID == 0 ]] || {
	echo "test_ring.sh: needs root: variants load programs into this kernel" >&2
	exit 4
}
page=$(getconf PAGESIZE)

# What is run here, or in a guest, for a family: with rings of one page and of two; then a
# command prints the mappings of all processes whose program is one of the family.
# shellcheck disable=SC2016 # for that shell
script='stem=$1 page=$2
equiv -f ktap --ring=$page $stem || { status=$?; echo "status $status"; exit $status; }
equiv -f ktap --ring=$((2 * page)) $stem || { status=$?; echo "status $status"; exit $status; }
equiv -f ktap --ring=$((4 * page)) $stem -- sh -c '\''
	for dir in /proc/[0-9]*; do
		name=$(readlink $dir/exe)
		case $name in
		$0[.-]*) grep -qz -e "--ring=$((4 * $1))" $dir/cmdline &&
			sed "s|^|mapped ${name##*/} |" $dir/maps ;;
		esac
	done 2>/dev/null'\'' ${3:-/suite}/$stem $page'

# Does the process of a variant have a ring of SIZE, and no other ones?  A perf ring has one more
# page.  A ring buffer has a page, and then another one and its data twice.
has_ring() {
	local variant=$1 size=$2 name from to sizes='' wanted

	wanted="perf_event $((size + page))"
	[[ $variant != *skel ]] || wanted="bpf-map $((2 * size + page))"
	while read -r _ name from _ _ _ _ what; do
		[[ $name == "$variant" ]] || continue
		to=${from#*-} from=${from%-*}
		case $what in
		*perf_event*) sizes+="perf_event $((0x$to - 0x$from))"$'\n' ;;
		# A page has the positions, or global variables.
		*bpf-map*) ((0x$to - 0x$from == page)) ||
			sizes+="bpf-map $((0x$to - 0x$from))"$'\n' ;;
		esac
	done < <(grep -a '^mapped ' "$tmp/out")
	echo "$variant has $sizes, expected $wanted"
	[[ $sizes && $(sort -u <<<"${sizes%$'\n'}") == "$wanted" ]]
}

# refuses VARIANT VALUE STATUS WORDS: is that what --ring=VALUE gives, in one line?
refuses() {
	timeout -k 5 300 "$bin/$1" --ring="$2" -f records >"$tmp/log" 2>&1 </dev/null
	[[ $? == "$3" && $(wc -l <"$tmp/log") == 1 ]] && grep -q "^$1: .*$4" "$tmp/log" ||
		echo "$1 --ring=$2: $(tail -n 1 "$tmp/log")"
}

echo "KTAP version 1"
for file in "$bin"/*.workload; do
	stem=${file##*/} stem=${stem%.workload}
	ringed=() bad=''
	for file in "$bin/$stem"[.-]*; do
		variant=${file##*/}
		case $variant in *.workload | *.o) continue ;; esac
		# One that is not built for lack of a library says so instead.
		help=$("$file" -h 2>/dev/null) || continue
		if [[ $help == *--ring=* ]]; then
			ringed+=("$variant")
			for value in $((page + 8)) $((page / 2)) $((3 * page)) 0 -$page ${page}k x; do
				bad+=$(refuses "$variant" "$value" 1 "is not a power of two")
			done
		else
			bad+=$(refuses "$variant" $page 4 "it has no ring")
		fi
	done
	echo "$bad" >"$tmp/log"
	[[ ! $bad ]]
	result $? "$stem: a size that cannot be is refused"

	PATH=$bin:$PATH timeout 900 sh -c "$script" sh "$stem" "$page" "$bin" >"$tmp/out" 2>&1 </dev/null
	if grep -q "^status 4" "$tmp/out" && [[ ${#ringed[@]} -gt 0 ]]; then
		"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -- sh -c "$script" sh "$stem" 4096 \
			>"$tmp/out" 2>&1 </dev/null
		if ! grep -q '^KTAP' "$tmp/out"; then
			skipped "$stem: rings of one page, and of two" "$(tail -n 1 "$tmp/out")"
			continue
		fi
	fi
	if [[ ${#ringed[@]} == 0 ]]; then
		grep -q "SKIP .*it has no variants with a ring" "$tmp/out"
		result $? "$stem: without rings it is skipped" "$tmp/out"
		continue
	fi
	[[ $(grep -c "^ok 1 $stem\$" "$tmp/out") -ge 2 ]]
	result $? "$stem: rings of one page, and of two" "$tmp/out"
	for variant in "${ringed[@]}"; do
		grep -q "^    ok [0-9]* $variant # SKIP event_pipe has rings of 16 pages" "$tmp/out" ||
			has_ring "$variant" $((4 * page)) >>"$tmp/log" || bad+=" $variant"
	done
	[[ ! $bad ]]
	result $? "$stem: each ring has the size that --ring says$bad" "$tmp/log" "$tmp/out"
done
echo "1..$tests"
exit $failed
