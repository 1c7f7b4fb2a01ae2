#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_lru_cache.sh - does the runner notice when a property of lru_cache does not hold?
#
# Nobody can predict which keys an LRU map keeps, so the records say what must be
# true whichever they are.  Each of these properties is broken here by one change: a map
# that is too small for what is in use, or larger than it says, refusals that are not
# counted, additions that are not atomic, a CPU that is left out.  See mutants.sh.
#
#	test_lru_cache.sh		in the source tree, built, as root; prints KTAP

family=lru_cache
limit=$(awk '$2 == "LRU_CACHE_LIMIT" { print $3 }' "$(dirname "$0")/../../samples/$family.h")
# shellcheck disable=SC2317 # called by mutants.sh
mutants()
{
	cat <<-END
	same|lru_cache.skel|bpf.c|||records|is not changed is green
	small|lru_cache.raw|kern.c|s/= LRU_CACHE_LIMIT/= 2/||missing|has a map too small for what is in use
	large|lru_cache.raw|kern.c|s/= LRU_CACHE_LIMIT/= 8 * LRU_CACHE_LIMIT/||entries, where $limit are possible|has more entries than the limit
	silent|lru_cache-noprealloc.raw|kern.c|s/stat->refused++/(void)0/|runs lru_cache-noprealloc.raw|differs from what is expected|does not count what a full map refuses
	forgets|lru_cache-percpu.raw|samples/lru_cache_report.c|s/cpu = 0; cpu < cpus/cpu = 1; cpu < cpus/||not ok|leaves the first CPU out of its sum
	plain|lru_cache.raw|kern.c|s/__sync_fetch_and_add(&count->calls, 1)/count->calls += 1/|two_cpus|not ok|adds without an atomic to a map that all CPUs share
	END
}

# With so many events the descriptors just fit into the real map, or just do not.
# shellcheck disable=SC2317
quarter()
{
	cat <<-END
	quarter|lru_cache.raw|kern.c|s/= LRU_CACHE_LIMIT/= LRU_CACHE_LIMIT \/ 4/||not ok|has a quarter of the room, with $EVENTS events
	END
}

# shellcheck disable=SC2034,SC2154,SC2317 # beside, tmp, OUT; called by mutants.sh
more()
{
	local variant held

	mapfile -t beside < <(all_that_run)
	for EVENTS in 683 1018 1358 1360 1362; do
		try_mutants quarter
	done

	# With ten times as many keys as there is room for, the map never has more than the limit.
	for variant in $family.raw $family.skel $family-percpu.raw $family-percpu.skel; do
		"$OUT/bin/$variant" -j -- "$OUT/bin/$family.workload" -n 20000 >"$tmp/out" 2>"$tmp/err" &&
			held=$(sed -n 's/.*"held":\([0-9]*\).*/\1/p' "$tmp/out") &&
			[ "$held" -le "$limit" ] && [ "$held" -ge $((limit / 2)) ] &&
			[ "$(grep -c '"kind":"descriptor"' "$tmp/out")" = "$held" ]
		result $? "$variant holds at most $limit, and more than half of it" "$tmp/out" "$tmp/err"
	done
}

. "$(dirname "$0")/mutants.sh"
