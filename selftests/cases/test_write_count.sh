#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_write_count.sh - does the runner notice in write_count an entry made with BPF_ANY, an
# addition or a maximum that is not atomic, a CPU that is left out, a sum that is cut, a wrong
# comm, the wrong tasks?  See mutants.sh.  Then it fills the map.
#
#	test_write_count.sh		in the source tree, built, as root; prints KTAP

family=write_count
many_pids()
{
	[ "$(cat /proc/sys/kernel/pid_max)" -gt 100000 ] || { echo "kernel.pid_max is too low for pids with the same hash"; return 1; }
}
# shellcheck disable=SC2317 # called by mutants.sh
mutants()
{
	cat <<-'END'
	same|write_count.skel|bpf.c|||records|is not changed is green
	any|write_count.raw|legacy/lib/write_count.bpf.h|s/BPF_NOEXIST/BPF_ANY/|two_cpus|not ok|overwrites an entry that another CPU has just made
	plain|write_count.raw|kern.c|s/__sync_fetch_and_add(&count->calls, 1)/count->calls += 1/|two_cpus|not ok|adds calls without an atomic to a map that all CPUs share
	bytes|write_count.raw|kern.c|s/__sync_fetch_and_add(&count->bytes, ctx->ret)/count->bytes += ctx->ret/|two_cpus|not ok|adds bytes without an atomic to a map that all CPUs share
	forgets|write_count-percpu.raw|samples/write_count_report.c|s/cpu = 0; cpu < cpus/cpu = 1; cpu < cpus/||not ok|leaves the first CPU out of its sum
	sum|write_count.raw|kern.c|s/__sync_fetch_and_add(&count->bytes/__sync_fetch_and_add((__u32 *)\&count->bytes/||process calls=.* bytes=|adds up bytes in 32 bits
	few|write_count.skel|bpf.c|s/ret > 0/ret > 1/||process calls=.* bytes=|does not add a single byte
	tid|write_count.skel|bpf.c|s/bpf_get_current_pid_tgid() >> 32/(__u32)bpf_get_current_pid_tgid()/||differs from what is expected|counts for each thread
	max|write_count-cas.raw|kern.c|s/__sync_val_compare_and_swap(\([a-z]*\), old, value)/({ for (int k = 0; k < 50; k++) bpf_ktime_get_ns(); *\1 = value; old; })/|two_cpus|largest=|compares the largest and then stores it
	last|write_count-percpu.skel|bpf.c|s/percpu && count->largest < (__u64)ret/percpu/||largest=|reports the last write as the largest
	later|write_count.raw|kern.c|s/__sync_fetch_and_add(&count->calls/bpf_get_current_comm(count->comm, sizeof(count->comm)); &/||comm=later|reports the comm of the last call
	cut|write_count.skel|modern/lib/write_count.bpf.h|s/sizeof(fresh.comm)/8/||comm=writes-',|cuts the comm
	compat|write_count.raw|kern.c|s/ .. is_compat()//|calls_of_32_bit|[0-9] too many|takes a 32-bit call with that number for a write
	room|write_count.raw|kern.c|s/WRITE_COUNT_MAX_PROCESSES/10 * &/||losses error=0|has more room than the others
	wide|write_count.skel|bpf.c|s/error = err/error = (__u32)err/||losses error=4294967289|cuts the reason of a loss
	hash|write_count-global.skel|bpf.c|s/if (owner == pid)/if (true)/|many_pids|differs from what is expected|takes the entry of another process with the same hash
	below|write_count.skel|modern/lib/observed.bpf.h|s/return observed_ancestor() == /return bpf_get_current_cgroup_id() == /||[0-9] missing|does not observe the cgroups below
	comm|write_count.raw|legacy/lib/observed.h|s/return bpf_current_task_under_cgroup.*/{ char c[16]; bpf_get_current_comm(c, 16); return c[0] == 'w' \&\& (c[1] < 'A') + (c[6] == '-'); }/||[0-9] too many|observes all tasks with the same comm
	END
}

# More processes than the map has room for, each with one call.
# shellcheck disable=SC2154,SC2317 # tmp, OUT; called by mutants.sh
more()
{
	local max variant status lost of

	max=$(awk '$2 == "WRITE_COUNT_MAX_PROCESSES" { print $3 }' "$top/samples/$family.h")
	for variant in $(all_that_run); do
		"$OUT/bin/$variant" -f records -- "$OUT/bin/many" $((max + 2)) write \
			>"$tmp/out" 2>"$tmp/err"
		status=$?
		read -r lost of < <(sed -n 's/.*lost \([0-9]*\) of \([0-9]*\) .*/\1 \2/p' "$tmp/err")
		# The hash table of write_count-global is its own, and gives up a little earlier.
		[ $status = 1 ] && [ "$of" = $((max + 2)) ] &&
			{ [ "$lost" = 2 ] || { [ $variant = $family-global.skel ] && [ "$lost" -ge 2 ]; }; } &&
			[ $(($(grep -c '^process calls=1 ' "$tmp/out") + lost)) = "$of" ]
		result $? "$variant says what a full map did not take" "$tmp/out" "$tmp/err"
	done
}

. "$(dirname "$0")/mutants.sh"
