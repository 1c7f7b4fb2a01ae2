#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_lru_cache.sh - does the runner notice when a property of lru_cache does not hold?
#
# Nobody can predict which keys an LRU map keeps, so the records say what must be
# true whichever they are.  Each of these properties is broken here by one change: a map
# that is too small for what is in use, or larger than it says, or that takes nothing new,
# refusals that are not counted, additions that are not atomic, a CPU that is left out, a key
# that is cut, the wrong tasks or calls.  See mutants.sh.
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
	hash|lru_cache.raw|kern.c|s/TYPE_LRU_HASH/TYPE_HASH/; s/if (!err)/if (err <= 0)/||warm=0 |has a map that refuses what is new and says nothing
	early|lru_cache-noprealloc.skel|bpf.c|s/= count_write(&key, asked)/= fd % 8 == 5 ? count_write(\&key, asked) : -E2BIG/|runs lru_cache-noprealloc.skel|calls, but holds only [0-9]* entries|refuses calls for which there is room
	any|lru_cache.raw|kern.c|s/BPF_NOEXIST/BPF_ANY/|two_cpus|not ok|overwrites an entry that another CPU has just made
	fd|lru_cache.skel|bpf.c|s/key.fd = fd/key.fd = (__u16)fd/||differs from what is expected|has 16 bits of a descriptor
	asked|lru_cache.raw|kern.c|s/count->asked, asked/count->asked, (__u32)asked/||asked=|adds 32 bits of the bytes
	tid|lru_cache.skel|bpf.c|s/pid = bpf_get_current_pid_tgid() >> 32/pid = bpf_get_current_pid_tgid()/||differs from what is expected|uses the thread id as the process id
	compat|lru_cache.skel|bpf.c|s/ .. syscall_is_compat()//|calls_of_32_bit|cache writes=|takes the 32-bit exit(2) for a write
	below|lru_cache.skel|modern/lib/observed.bpf.h|s/return observed_ancestor() == /return bpf_get_current_cgroup_id() == /||cache writes=|does not observe the cgroups below
	comm|lru_cache.raw|legacy/lib/observed.h|s/return bpf_current_task_under_cgroup.*/{ char c[16]; bpf_get_current_comm(c, 16); return c[0] == 'l' \&\& c[4] == 'c' \&\& c[10] == 'w'; }/||cache writes=|observes all tasks with the same comm
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
	for EVENTS in 683 1018 1362 2683 3366; do
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
