#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_write_count.sh - does the runner notice in write_count an entry made with BPF_ANY, an
# addition or a maximum that is not atomic, a CPU that is left out?  See mutants.sh.  Then it
# checks what is not in the records: the largest write, and a map that is full.
#
#	test_write_count.sh		in the source tree, built, as root; prints KTAP

family=write_count
# shellcheck disable=SC2317 # called by mutants.sh
mutants()
{
	cat <<-'END'
	same|write_count.skel|bpf.c|||records|is not changed is green
	any|write_count.raw|legacy/lib/write_count.bpf.h|s/BPF_NOEXIST/BPF_ANY/|two_cpus|not ok|overwrites an entry that another CPU has just made
	plain|write_count.raw|kern.c|s/__sync_fetch_and_add(&count->calls, 1)/count->calls += 1/|two_cpus|not ok|adds calls without an atomic to a map that all CPUs share
	bytes|write_count.raw|kern.c|s/__sync_fetch_and_add(&count->bytes, ctx->ret)/count->bytes += ctx->ret/|two_cpus|not ok|adds bytes without an atomic to a map that all CPUs share
	forgets|write_count-percpu.raw|samples/write_count_report.c|s/cpu = 0; cpu < cpus/cpu = 1; cpu < cpus/||not ok|leaves the first CPU out of its sum
	END
}

# The largest write is a record of the variants that can keep it without a race.  Between the
# comparison and the store a few nanoseconds would show the race once a day; so there are more.
# shellcheck disable=SC2317
largest()
{
	cat <<-'END'
	none|write_count.raw|kern.c|||differs from what is expected|does not report the largest write
	max|write_count-cas.raw|kern.c|s/__sync_val_compare_and_swap(\([a-z]*\), old, value)/({ for (int k = 0; k < 50; k++) bpf_ktime_get_ns(); *\1 = value; old; })/|two_cpus|not ok|compares the largest and then stores it
	END
}

# shellcheck disable=SC2034,SC2154,SC2317 # beside, tmp, OUT; called by mutants.sh
more()
{
	local max many variant status lost of

	export WRITE_COUNT_LARGEST=1
	mapfile -t beside < <(all_that_run $family-{percpu,cas}.{raw,bpftool,libbpf,skel} $family-global.skel)
	try_mutants largest
	run "$tmp/bin" -r 3 >"$tmp/out" 2>&1
	result $? "the largest write is right, with compare-and-swap and per CPU" "$tmp/out"
	unset WRITE_COUNT_LARGEST

	# More processes than the map has room for; each makes one call.
	max=$(awk '$2 == "WRITE_COUNT_MAX_PROCESSES" { print $3 }' "$top/samples/$family.h")
	# shellcheck disable=SC2016 # for the shell that is observed
	many='n=$1; while [ $((n -= 1)) -ge 0 ]; do (echo) >/dev/null; done'
	for variant in $family.raw $family-percpu.libbpf $family.skel $family-global.skel; do
		title="$variant says what a full map did not take"
		if ! why=$(runs "$variant"); then
			skipped "$title" "$why"
			continue
		fi
		"$OUT/bin/$variant" -f records -- sh -c "$many" many $((max + 2)) >"$tmp/out" 2>"$tmp/err"
		status=$?
		read -r lost of < <(sed -n 's/.*lost \([0-9]*\) of \([0-9]*\) .*/\1 \2/p' "$tmp/err")
		# The hash table of write_count-global is its own, and gives up a little earlier.
		[ $status = 1 ] && [ "$lost" -ge 2 ] && [ "$of" = $((max + 2)) ] &&
			[ $(($(grep -c '^process calls=1 ' "$tmp/out") + lost)) = "$of" ]
		result $? "$title" "$tmp/out" "$tmp/err"
	done
}

. "$(dirname "$0")/mutants.sh"
