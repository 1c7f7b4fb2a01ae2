#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_count.sh - does the runner notice in syscall_count an addition that is not
# atomic, a CPU, a thread id or a number that is ignored, a full map, a wrong time, a start
# that nobody deletes, the wrong tasks?  See mutants.sh.
#
#	test_syscall_count.sh		in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=syscall_count
mutants()
{
	cat <<-'END'
	same|syscall_count.skel|bpf.c|||records|is not changed is green
	room|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/10 * &/||differs from what is expected|has more room than the others
	reason|syscall_count.raw|kern.c|s/stat->error = err/stat->error = -1/||losses error=-1|says something else of a full map
	race|syscall_count.skel|bpf.c|s/add_to(count, 1)/*count += 1/|two_cpus|differs from what is expected|adds without an atomic to a map that all CPUs share
	cpu|syscall_count-percpu.skel|c|s/syscall_count_enters(i/if (i % slots) &/|two_cpus|differs from what is expected|leaves a CPU out of its sum
	tgid|syscall_count.skel|bpf.c|s/thread = bpf_get_current_pid_tgid()/thread = bpf_get_current_pid_tgid() >> 32/||differs from what is expected|uses the pid as the thread id
	number|syscall_count.skel|bpf.c|s/start->nr == nr/true/||differs from what is expected|pairs an enter with the exit of any call
	full|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/1/||differs from what is expected|has room for one thread
	stale|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/; s/bpf_map_delete_elem.*//||lost [0-9]* records|has room for 64 threads, but leaves starts behind
	left|syscall_count.raw|kern.c|s/bpf_map_delete_elem.*//||[1-9][0-9]* too many|leaves starts behind
	total|syscall_count.raw|kern.c|/total_ns/d||cannot have taken no time|does not add up the time
	one|syscall_count.raw|kern.c|s/ns = .* - start->ns/ns = 1/||total~=|says that each call took one nanosecond
	unit|syscall_count.skel|bpf.c|s/add_to(&l->total_ns, ns)/add_to(\&l->total_ns, 1000 * ns)/||total~=|adds up times a thousand
	latest|syscall_count.skel|bpf.c|s/^__u64 lost;/__u64 lost, latest;/; s/start.ns = bpf/latest = bpf/; s/- start->ns/- latest/||total~=|measures from the latest enter of any thread
	min|syscall_count-percpu.skel|bpf.c|s/l->not_min_ns < ~ns/l->not_min_ns > ~ns/||cannot have taken|reports the largest time as the least
	least|syscall_count-percpu.raw|kern.c|s/not_min_ns = ~ns/not_min_ns = ~1ULL/||min~=1 |says that the fastest call took one nanosecond
	most|syscall_count-global.skel|bpf.c|s/shared_max(&l->max_ns, ns)/shared_max(\&l->max_ns, 1ULL << 62)/||max~=4611686018427387904|says that the slowest call took a century
	below|syscall_count.skel|modern/lib/observed.bpf.h|s/return observed_ancestor() == /return bpf_get_current_cgroup_id() == /||differs from what is expected|does not observe the cgroups below
	comm|syscall_count.raw|legacy/lib/observed.h|s/return bpf_current_task_under_cgroup.*/{ char c[16]; bpf_get_current_comm(c, 16); return c[0] == 's' \&\& c[8] == 'c' \&\& c[14] == 'w'; }/||[1-9] too many|observes all tasks with the same comm
	END
}

# Calls that never end leave a start each, until the map is full.  The last but one that it
# takes is that of the process that makes all others, and then waits.
# shellcheck disable=SC2154,SC2317 # tmp, OUT; called by mutants.sh
more()
{
	local max variant status

	max=$(awk '$2 == "SYSCALL_COUNT_THREADS" { print $3 }' "$top/samples/$family.h")
	for variant in $(all_that_run $family{,-percpu}.{raw,skel} $family-percpu.libbpf $family-global.skel); do
		if ! "$OUT/bin/many" 1 leave; then
			skipped "$variant says what a full map did not take" "this kernel has no int 0x80"
			continue
		fi
		"$OUT/bin/$variant" -f records -- "$OUT/bin/many" $((max + 2)) leave \
			>"$tmp/out" 2>"$tmp/err"
		status=$?
		[ $status = 1 ] && grep -q "lost 3 of " "$tmp/err" &&
			grep -q "^total .* unended=$((max - 1))\$" "$tmp/out"
		result $? "$variant says what a full map did not take" "$tmp/out" "$tmp/err"
	done
}

. "$(dirname "$0")/mutants.sh"
