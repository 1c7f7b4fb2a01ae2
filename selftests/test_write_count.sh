#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_write_count.sh - would write_count's workload catch wrong code?
#
# Each fault is put back into the real source by one substitution: an entry made
# with BPF_ANY, an addition or a maximum that is not atomic, a sum that forgets a
# CPU.  What comes out stands beside the right variants, and `equiv` has to turn
# red for it alone.  A race needs luck, so it has TRIES runs to show itself.
# Then what is beyond the records: the largest write, and a map that is full.
#
#	OUT=DIR test_write_count.sh	root, a built tree, and two CPUs; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${OUT:-$here/../.output}" && pwd) || exit 1
bin=$out/bin
cd "$here/.." || exit 1
TRIES=${TRIES:-20}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
dir=$tmp/dir
count=0
failed=0
stem=write_count

result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		failed=1
		sed 's/^/# /' "$tmp/out" "$tmp/err" 2>/dev/null | grep -v '^# process ' | tail -n 40
		echo "not ok $count $2"
	fi
}

# A directory with the workload, and variants of those built.
family() {
	rm -rf "$dir"
	mkdir "$dir"
	for file in $stem.workload "$@"; do
		[ ! -e "$bin/$file" ] || ln -s "$bin/$file" "$dir"
	done
}

# substitute FILE SED: the source with one fault, or nothing to test.
substitute() {
	sed -e "$2" "$1" >"$tmp/${1##*/}"
	! cmp -s "$1" "$tmp/${1##*/}" || {
		echo "Bail out! $1 has nothing like $2"
		exit 1
	}
}

# mutate_kern FAULT FLAVOUR SED: $dir/write_count-FAULT.raw, with another program.
mutate_kern() {
	kern=$stem${2}_kern
	substitute "legacy/$kern.c" "$3"
	# shellcheck disable=SC2046
	"${CLANG:-clang}" -O2 -mcpu=v3 -target bpf -g -Isamples -Ilegacy/lib -Ilegacy/compat \
		$(pkg-config --cflags libbpf 2>/dev/null) \
		-idirafter "/usr/include/$(cc -print-multiarch 2>/dev/null)" \
		-c -o "$dir/$kern.o" "$tmp/$kern.c" || exit 1
	cp "$bin/$stem$2.raw" "$dir/$stem-$1.raw"
}

# red NAME MUTANT: is it, and nobody else?
red() {
	"$bin/equiv" -d "$dir" -f ktap -r "$TRIES" $stem >"$tmp/out" 2>"$tmp/err"
	[ $? = 1 ] && grep -q "not ok [0-9]* $2\$" "$tmp/out" &&
		[ "$(grep -c '^    not ok ' "$tmp/out")" = 1 ]
	result $? "$1"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

echo "KTAP version 1"
[ "$(id -u)" = 0 ] || skip_all "needs root: it loads programs into this kernel"
[ -x "$bin/$stem.skel" ] || skip_all "no $bin/$stem.skel: build the tree first"
"$bin/equiv" -f ktap $stem >"$tmp/out" 2>"$tmp/err"
case $? in
0) ;;
4) skip_all "$stem cannot run here" ;;
*) result 1 "all variants are green without a fault" ;;
esac

if [ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ]; then
	family $stem.skel $stem.libbpf ${stem}_kern.btf.o
	mutate_kern any "" 's/BPF_NOEXIST/BPF_ANY/'
	red "an entry made with BPF_ANY overwrites another CPU's" $stem-any.raw

	family $stem.skel
	mutate_kern plain "" 's/__sync_fetch_and_add(&count->calls, 1)/count->calls += 1/'
	red "*count += 1 in a map that all CPUs share loses calls" $stem-plain.raw

	family $stem.skel
	mutate_kern bytes "" 's/__sync_fetch_and_add(&count->bytes, ctx->ret)/count->bytes += ctx->ret/'
	red "so does adding to the bytes" $stem-bytes.raw
fi

# The first CPU is left out, which is there on every machine.
family $stem.skel
ln -s "$bin/$stem-percpu_kern.o" "$dir"
substitute samples/${stem}_report.c 's/cpu = 0; cpu < cpus/cpu = 1; cpu < cpus/'
cc -O2 -D_GNU_SOURCE -Isamples -Isamples/lib -c -o "$tmp/report.o" "$tmp/${stem}_report.c" &&
	cc -o "$dir/$stem-forgets.raw" "$out/legacy/$stem-percpu_raw.o" "$tmp/report.o" \
		"$out/liblegacy.a" "$out/libsamples.a" -lelf -lz || exit 1
red "a sum over the CPUs that forgets one" $stem-forgets.raw

# The largest write is a fact where it can be kept.
export WRITE_COUNT_LARGEST=1
family $stem-percpu.raw $stem-percpu.libbpf $stem-percpu.skel $stem-cas.raw $stem-cas.libbpf \
	$stem-cas.skel $stem-global.skel
"$bin/equiv" -d "$dir" -f ktap -r 3 $stem >"$tmp/out" 2>"$tmp/err"
result $? "the largest write is right, by compare-and-swap and per CPU"

family $stem-percpu.skel $stem-percpu.raw
ln -s "$bin/${stem}_kern.o" "$dir"
cp "$bin/$stem.raw" "$dir/$stem-none.raw"
red "a variant that does not keep it would be found out" $stem-none.raw

if [ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ] && ! grep -q 'cas.raw # SKIP' "$tmp/out"; then
	family $stem-percpu.skel
	# A few nanoseconds between the two would show once a day; so a few more.
	mutate_kern max -cas 's/__sync_val_compare_and_swap(largest, old, value) == old/({ for (int k = 0; k < 50; k++) bpf_ktime_get_ns(); *largest = value; })/'
	red "a maximum that is compared and then stored loses the largest" $stem-max.raw
fi
unset WRITE_COUNT_LARGEST

# More processes than there is room for: each makes one call.
max=$(awk '$2 == "WRITE_COUNT_MAX_PROCESSES" { print $3 }' samples/$stem.h)
# shellcheck disable=SC2016 # for the shell that is observed
many='n=$1; while [ $((n -= 1)) -ge 0 ]; do (echo) >/dev/null; done'
for variant in $stem.raw $stem-percpu.libbpf $stem.skel $stem-global.skel; do
	[ -x "$bin/$variant" ] || continue
	"$bin/$variant" -f records -- sh -c "$many" many $((max + 2)) >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status = 4 ] && continue
	read -r lost of <<-END
	$(sed -n 's/.*lost \([0-9]*\) of \([0-9]*\) .*/\1 \2/p' "$tmp/err")
	END
	# One map is of a program's own making, and gives up a little earlier.
	[ $status = 1 ] && [ "$lost" -ge 2 ] && [ "$of" = $((max + 2)) ] &&
		[ $(($(grep -c '^process calls=1 ' "$tmp/out") + lost)) = "$of" ]
	result $? "$variant says what a full map did not take"
done

echo "1..$count"
exit $failed
