#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_count.sh - does syscall_count notice what is easily done wrong?
#
# Each mutant is a variant of the family with one line changed to what one
# might have written, built as a flavour of its own, and run beside real ones:
# it must turn red, and nobody else.  Then the table of names is held against
# the machine's own headers.
#
#	test_syscall_count.sh		in the source tree, built, as root; prints KTAP
#
# Environment: OUT, and whatever else the build was given.
top=$(cd "$(dirname "$0")/.." && pwd)
OUT=$(cd "${OUT:-$top/.output}" && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
count=0 failed=0

result()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		[ -z "$3" ] || sed 's/^/# /' "$3"
		echo "not ok $count $2"
		failed=1
	fi
}

skip()
{
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# MUTANT|OF|FILES|SED|CPUS IT TAKES|WHAT IT DOES
mutants()
{
	cat <<-'END'
	same|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/|1|has room for 64 threads is right
	race|syscall_count.skel|bpf.c|s/__sync_fetch_and_add(count, 1)/*count += 1/|2|adds without an atomic to a map that all CPUs share
	cpu|syscall_count-percpu.skel|c|s/cpu < cpus/cpu < cpus - 1/|2|forgets a CPU in its sum
	tgid|syscall_count.skel|bpf.c|s/thread = bpf_get_current_pid_tgid()/thread = bpf_get_current_pid_tgid() >> 32/|1|takes a process for a thread
	number|syscall_count.skel|bpf.c|s/start->nr == nr/true/|1|pairs an enter with any exit
	stale|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/; s/bpf_map_delete_elem.*//|1|has this room, but leaves starts behind
	full|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/1/|1|has room for one
	min|syscall_count-percpu.skel|bpf.c|s/l->not_min_ns < ~ns/l->not_min_ns > ~ns/|1|takes the largest for the least
	END
}

[ "$(id -u)" = 0 ] || {
	echo "test_syscall_count.sh: needs root: variants load programs into this kernel" >&2
	exit 4
}
[ -x "$OUT/bin/equiv" ] || {
	echo "test_syscall_count.sh: $OUT/bin is not built: make OUT=$OUT" >&2
	exit 1
}
"$OUT/bin/equiv" -f ktap syscall_count >"$tmp/out" 2>&1
status=$?
[ $status != 4 ] || {
	grep SKIP "$tmp/out" | head -n 1 >&2
	exit 4
}

echo "KTAP version 1"
echo "1..$(($(mutants | wc -l) + 2))"
result $status "all variants agree" "$tmp/out"

# A tree of this family alone, with the mutants as flavours.
mkdir -p "$tmp"/bin "$tmp"/tree/{samples,legacy,modern}
cp -r "$top"/{Makefile,selftests} "$tmp/tree"
for dir in samples legacy modern; do
	cp -r "$top/$dir"/{lib,syscall_count*} "$tmp/tree/$dir"
done
cp -r "$top/legacy/compat" "$tmp/tree/legacy"
while IFS='|' read -r name of which how _; do
	stem=${of%.skel}
	for file in bpf.c c; do
		to=$tmp/tree/modern/syscall_count-$name.$file
		sed "s/${stem//-/_}_bpf/syscall_count_${name}_bpf/; s/$stem.skel.h/syscall_count-$name.skel.h/
			$([ $file = "$which" ] && echo "$how")" "$top/modern/$stem.$file" >"$to"
		# If the change has hit nothing, it is not built, and missed below.
		if [ "$file" = "$which" ] &&
			sed "$how" "$top/modern/$stem.$file" | cmp -s - "$top/modern/$stem.$file"; then
			rm "$to"
		fi
	done
done < <(mutants)
MAKEFLAGS='' make -C "$tmp/tree" OUT="$tmp/out.d" VMLINUX_H="$OUT/modern/vmlinux.h" WERROR='' -j2 \
	$(mutants | sed "s|^\([a-z]*\).*|$tmp/out.d/bin/syscall_count-\1.skel|") >"$tmp/log" 2>&1 || {
	while IFS='|' read -r name _ _ _ _ what; do
		result 1 "a variant that $what" "$tmp/log"
	done < <(mutants)
}

# Beside a mutant run two that are right, one of each generation.
ln -s "$OUT"/bin/syscall_count.{workload,raw,skel} "$OUT"/bin/syscall_count_kern.o "$tmp/bin"
while IFS='|' read -r name _ _ _ cpus what; do
	mutant=syscall_count-$name.skel
	[ -x "$tmp/out.d/bin/$mutant" ] || continue
	title="a variant that $what"
	if [ "$(nproc)" -lt "$cpus" ]; then
		skip "$title" "$(nproc) CPU, and it takes $cpus"
		continue
	fi
	ln -s "$tmp/out.d/bin/$mutant" "$tmp/bin"
	# Red, and the others green; the one that is no mutant is green as well.
	want=1 word="not ok"
	[ "$name" != same ] || want=0 word=ok
	# A race needs luck.
	tries=1
	[ "$cpus" -lt 2 ] || tries=100
	for ((try = 0; try < tries; try++)); do
		"$OUT/bin/equiv" -d "$tmp/bin" -f ktap -n 2400 syscall_count >"$tmp/out" 2>&1
		status=$?
		[ $status != $want ] || break
	done
	rm "$tmp/bin/$mutant"
	[ $status = $want ] && grep -q "^    $word [0-9]* $mutant\$" "$tmp/out" &&
		[ "$(grep -c '^    ok [0-9]* syscall_count\.' "$tmp/out")" = 2 ]
	result $? "$title" "$tmp/out"
done < <(mutants)

# The names: each that the headers know must be in the table, by its number.
echo '#include <asm/unistd.h>' | "${CC:-cc}" -E -dM - |
	sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$/\2 \1/p' | sort >"$tmp/want"
"$OUT/bin/syscall_names" 512 | sort >"$tmp/have"
comm -23 "$tmp/want" "$tmp/have" >"$tmp/lacking"
[ -s "$tmp/want" ] && [ ! -s "$tmp/lacking" ]
result $? "the names of system calls are those of <asm/unistd.h>" "$tmp/lacking"
exit $failed
