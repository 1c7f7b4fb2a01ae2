#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_lru_cache.sh - does the runner notice when a property of lru_cache does not hold?
#
# Nobody can predict which keys an LRU map keeps, so the records say what must be
# true whichever they are.  Each of these properties is broken here by one
# substitution in the real source: a map that is too small for what is in use, or
# larger than it says, refusals that are not counted, additions that are not
# atomic, a CPU that is left out.
#
#	OUT=DIR test_lru_cache.sh	root, a built tree; prints KTAP
stem=lru_cache
. "$(dirname "$0")/faults.sh"

family $stem.skel
mutate_kern small "" 's/= LRU_CACHE_LIMIT/= 2/'
red "a map too small for what is in use, so that its counts are wrong" $stem-small.raw "missing"

family $stem.skel
mutate_kern large "" 's/= LRU_CACHE_LIMIT/= 8 * LRU_CACHE_LIMIT/'
red "a map with more entries than the limit" $stem-large.raw "entries, where $(awk '
	$2 == "LRU_CACHE_LIMIT" { print $3 }' samples/$stem.h) are possible"

name="a full map that refuses updates, which are not counted"
if runs $stem-noprealloc.raw; then
	family $stem.skel
	mutate_kern silent -noprealloc 's/stat->refused++/(void)0/'
	red "$name" $stem-noprealloc-silent.raw "differs from what is expected"
else
	skipped "$name" "$why"
fi

# Leaves out the first CPU, which every machine has.
family $stem.skel
mutate_report forgets -percpu 's/cpu = 0; cpu < cpus/cpu = 1; cpu < cpus/'
red "a sum over the CPUs that leaves one out" $stem-percpu-forgets.raw

name="count->calls += 1 in a map that all CPUs share"
if two_cpus; then
	family $stem.skel
	mutate_kern plain "" 's/__sync_fetch_and_add(&count->calls, 1)/count->calls += 1/'
	red "$name" $stem-plain.raw
else
	skipped "$name" "$why"
fi

# With so many events the descriptors just fit into the real map, or just do not; the mutant's
# map is far too small for them.
family $stem.skel $stem-noprealloc.skel
mutate_kern quarter "" 's/= LRU_CACHE_LIMIT/= LRU_CACHE_LIMIT \/ 4/'
status=0
for events in 683 1018 1358 1360 1362; do
	"$bin/equiv" -n $events -f ktap $stem >"$tmp/out" 2>"$tmp/err" || { status=1; break; }
	"$bin/equiv" -d "$dir" -n $events -f ktap $stem >"$tmp/out" 2>"$tmp/err"
	grep -q "not ok [0-9]* $stem-quarter.raw\$" "$tmp/out" || { status=1; break; }
done
result $status "with about as many descriptors as entries, the real map passes, a smaller one fails" "$tmp/out" "$tmp/err"

# With ten times as many keys as there is room for, the map never has more than the limit.
limit=$(awk '$2 == "LRU_CACHE_LIMIT" { print $3 }' samples/$stem.h)
for variant in $stem.raw $stem.skel $stem-percpu.raw $stem-percpu.skel; do
	name="$variant holds at most $limit, and more than half of it"
	runs "$variant" || {
		skipped "$name" "$why"
		continue
	}
	"$bin/$variant" -j -- "$bin/$stem.workload" -n 20000 >"$tmp/out" 2>"$tmp/err" &&
		held=$(sed -n 's/.*"held":\([0-9]*\).*/\1/p' "$tmp/out") &&
		[ "$held" -le "$limit" ] && [ "$held" -ge $((limit / 2)) ] &&
		[ "$(grep -c '"kind":"descriptor"' "$tmp/out")" = "$held" ]
	result $? "$name" "$tmp/out" "$tmp/err"
done

echo "1..$tests"
exit $failed
