#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_write_count.sh - does write_count's workload reveal wrong code?
#
# Each fault is put back into the real source by one substitution: an entry made
# with BPF_ANY, an addition or a maximum that is not atomic, a sum that leaves out a
# CPU.  The result runs beside the correct variants, and `equiv` must fail it alone.
# A race needs luck, so it has TRIES runs to show.  Then it checks what is not in
# the records: the largest write, and a map that is full.
#
#	OUT=DIR test_write_count.sh	root, a built tree, and two CPUs; prints KTAP
stem=write_count
. "$(dirname "$0")/faults.sh"

any="an entry made with BPF_ANY overwrites another CPU's"
plain="*count += 1 in a map that all CPUs share loses calls"
bytes="count->bytes += in a map that all CPUs share loses bytes"
if two_cpus; then
	family $stem.skel $stem.libbpf ${stem}_kern.btf.o
	mutate_kern any "" 's/BPF_NOEXIST/BPF_ANY/' $stem.bpf.h
	red "$any" $stem-any.raw

	family $stem.skel
	mutate_kern plain "" 's/__sync_fetch_and_add(&count->calls, 1)/count->calls += 1/'
	red "$plain" $stem-plain.raw

	family $stem.skel
	mutate_kern bytes "" 's/__sync_fetch_and_add(&count->bytes, ctx->ret)/count->bytes += ctx->ret/'
	red "$bytes" $stem-bytes.raw
else
	skipped "$any" "$why"
	skipped "$plain" "$why"
	skipped "$bytes" "$why"
fi

# Leaves out the first CPU, which every machine has.
family $stem.skel
mutate_report forgets -percpu 's/cpu = 0; cpu < cpus/cpu = 1; cpu < cpus/'
red "a sum over the CPUs that leaves one out" $stem-percpu-forgets.raw

# The largest write is a record of the variants that can keep it without a race.
export WRITE_COUNT_LARGEST=1
family $stem-percpu.raw $stem-percpu.bpftool $stem-percpu.libbpf $stem-percpu.skel \
	$stem-cas.raw $stem-cas.bpftool $stem-cas.libbpf $stem-cas.skel $stem-global.skel
"$bin/equiv" -d "$dir" -f ktap -r 3 $stem >"$tmp/out" 2>"$tmp/err"
result $? "the largest write is right, with compare-and-swap and per CPU" "$tmp/out" "$tmp/err"

family $stem-percpu.skel $stem-percpu.raw
ln -s "$bin/${stem}_kern.o" "$dir/$stem-none_kern.o"
cp "$bin/$stem.raw" "$dir/$stem-none.raw"
red "a variant that does not report the largest write" $stem-none.raw

title="a maximum that is compared and then stored loses the largest"
if two_cpus && runs $stem-cas.raw; then
	family $stem-percpu.skel
	# With a few nanoseconds between the two, the race would show once a day; so there are more.
	mutate_kern max -cas 's/__sync_val_compare_and_swap(largest, old, value) == old/({ for (int k = 0; k < 50; k++) bpf_ktime_get_ns(); *largest = value; })/'
	red "$title" $stem-cas-max.raw
else
	skipped "$title" "$why"
fi
unset WRITE_COUNT_LARGEST

# More processes than the map has room for; each makes one call.
max=$(awk '$2 == "WRITE_COUNT_MAX_PROCESSES" { print $3 }' samples/$stem.h)
# shellcheck disable=SC2016 # for the shell that is observed
many='n=$1; while [ $((n -= 1)) -ge 0 ]; do (echo) >/dev/null; done'
for variant in $stem.raw $stem-percpu.libbpf $stem.skel $stem-global.skel; do
	name="$variant says what a full map did not take"
	runs "$variant" || {
		skipped "$name" "$why"
		continue
	}
	"$bin/$variant" -f records -- sh -c "$many" many $((max + 2)) >"$tmp/out" 2>"$tmp/err"
	status=$?
	read -r lost of <<-END
	$(sed -n 's/.*lost \([0-9]*\) of \([0-9]*\) .*/\1 \2/p' "$tmp/err")
	END
	# The hash table of write_count-global is its own, and gives up a little earlier.
	[ $status = 1 ] && [ "$lost" -ge 2 ] && [ "$of" = $((max + 2)) ] &&
		[ $(($(grep -c '^process calls=1 ' "$tmp/out") + lost)) = "$of" ]
	result $? "$name" "$tmp/out" "$tmp/err"
done

echo "1..$tests"
exit $failed
