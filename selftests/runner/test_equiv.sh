#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_equiv.sh - can the runner fail?  A runner that says "ok" to everything
# would look as good as one that works, so it is given variants and workloads
# with one fault each (see mutant.c) beside real ones.  Just that one must fail, with
# the right message, and without a fault all must pass.  Then the runner is killed in
# the middle of runs, and nothing may be left.
#
#	test_equiv.sh		with the programs beside it, or a built tree; as root; prints KTAP

PATH=$PATH:/usr/sbin:/sbin
# In a guest the programs are beside this script; in the source tree a directory equiv/ is.
if [ -f "$(dirname "$0")/equiv" ]; then
	bin=${BIN:-$(cd "$(dirname "$0")" && pwd)}
else
	. "$(dirname "$0")/../bin.sh"
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
events=20	# few are enough for one fault, and quick in a VM
count=0
failed=0
unset MUTANT

# The faults of a variant, and what the runner must say about each.
variant_faults='
drop		differs from what is expected: 1 missing, 0 too many
missed		1 are not counted as lost; the kernel has skipped 7 runs of its programs (recursion_misses
double		differs from what is expected: 0 missing, 1 too many
swap		differs from what is expected: 1 missing, 1 too many
pid		differs from what is expected: 0 missing, 0 too many, 1 with other values
value		has .[a-z].*, expected .[a-z]
outside		differs from what is expected: 0 missing, [0-9]* too many
empty		printed no records, expected [1-9]
deaf		printed no records, expected [1-9]
lost		lost 3 records, and has seen [0-9]*$
seen		printed what is right, but says that it has seen
garbage		line 1 of the output is no record: "Segmentation fault
torn		the output ends within a line: "
hang-ready	was late: no answer within [0-9]* s (before it was ready)
hang-sync	was late: no answer within [0-9]* s (after round 1)
hang-finish	was late: no answer within [0-9]* s (when told to finish)
crash		was killed by signal 11 (Segmentation fault) after round 1
early		ended with status 0 after round 1
status		ended with status 1 when told to finish: mutant: something went wrong
warns		ended with status 0, but has warned: mutant: something is not quite right
print-late	was late: 0 of [0-9]* records had come when a sync asked for all
babble		said .all is well. after round 1, where .synced
not-ready	ended with status 0 before it was ready
mute-skip	wants to be skipped (status 4) but gives no reason
late-skip	ended with status 4 after round 1
'
# The same of the second pass, in which records are lost.
storm_faults='
hidden		[0-9]* records and 0 lost are not the [0-9]* that are expected
twice		[0-9]* records and [0-9]* lost are not the [0-9]* that are expected
drop		[0-9]* records and [0-9]* lost are not the [0-9]* that are expected
drop-last	1 records are missing that cannot be lost\|records and [0-9]* lost are not
double		has 1 records too many
pid		has .[a-z].*, expected .[a-z]
seen		printed [0-9]* records, but says that it has seen
calm		lost [0-9]* records, and ended with status 0
mute		has not said .lost [0-9]* of [0-9]* records. on stderr
hang-print	was late: its ring has not woken it, and none of [0-9]* records came within [0-9]* s
hang-awake	process [0-9]* cannot be stopped
crash		was killed by signal 11 (Segmentation fault) after the storm
hang-sync	was late: no answer within [0-9]* s (after the storm)
'
# The same of the third pass, in which all tasks are observed.
all_faults='
ready-first	lacks .[a-z]
empty		lacks .[a-z]
doubles		has .[a-z].*, which is not expected
pids		lacks .[a-z]
crash		was killed by signal 11 (Segmentation fault) after round 1
'
workload_faults='
lie		differs from what is expected: 0 missing, 1 too many
empty		it has printed no records of what it did
garbage		workload: line 1 of the output is no record
crash		workload: was killed by signal 11 (Segmentation fault) in round 1
early		workload: ended with status 0 in round 1
hang-round	workload: was late: no answer within [0-9]* s (in round 1)
hang-finish	workload: was late: no answer within [0-9]* s (when told to finish)
status		workload: ended with status 1 when told to finish
mute-skip	workload: wants to be skipped (status 4) but gives no reason
'
kills='
guard	started
guard	: > ready
guard	workload: < go
guard	: < sync
guard	: < finish
runner	workload: < go
runner	: < sync
both	: > ready
both	: < sync
both	all variants are stopped
runner	all variants are stopped
command	it sleeps
'
others='same slow no_reason legacy_fault one_side_skips all_skip workload_skips stray variant_killed
	other_families table ktap full by_name directories command no_command command_fails repeat events too_many
	usage not_root noise'

lines() { printf %s "$1" | grep -c .; }

ok() {
	count=$((count + 1))
	echo "ok $count $1"
}

not_ok() {
	count=$((count + 1))
	failed=$((failed + 1))
	sed 's/^/# /' "$tmp/out" "$tmp/err" 2>/dev/null
	echo "# $2"
	echo "not ok $count $1"
}

skip() {
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# A directory with the real workload, a legacy and a modern variant.
family() {
	dir=$tmp/dir
	rm -rf "$dir"
	mkdir "$dir"
	ln -s "$bin/$stem.workload" "$bin/$legacy" "$bin/$modern" "$dir"
}

# mutate VARIANT FAULT
mutate() {
	mutant=$stem-$2.${1##*.}
	ln -s "$bin/mutant" "$dir/$mutant"
}

# Runs equiv on the directory; its status is in $status.  Only some need its second pass.
passes=-1
run() {
	${beside-} "$bin/equiv" $passes -d "$dir" -t "${limit:-300}" ${events:+-n $events} -f ktap "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
}

# Runs equiv on a mutant.  One that hangs has a shorter time limit.
run_fault() {
	limit=
	case $1 in hang-*) limit=$hangs ;; esac
	run
	limit=
}

# verdict NAME STATUS WORDS...: did the last run end with STATUS, and print all WORDS?
verdict() {
	name=$1
	want=$2
	shift 2
	[ "$status" = "$want" ] || {
		not_ok "$name" "exit status $status, expected $want"
		return
	}
	for words; do
		cat "$tmp/out" "$tmp/err" | grep -q -e "$words" || {
			not_ok "$name" "no line was printed with: $words"
			return
		}
	done
	ok "$name"
}

# Only the mutant may fail; the variants without a fault must pass.
variant_fault() {
	family
	mutate "$modern" "$1"
	run_fault "$1"
	verdict "a variant with the fault '$1' is red: $2" 1 "# $2" "not ok [0-9]* $mutant\$" \
		"^    ok [0-9]* $legacy\$" "^    ok [0-9]* $modern\$" "^not ok 1 $stem\$"
}

storm_fault() {
	grep -q '# .*: under a storm' "$tmp/$stem.out" || {
		skip "a variant with the fault '$1' in the second pass is red: $2" "$stem has no ring"
		return
	}
	family
	mutate "$modern" "$1-storm"
	passes=
	run_fault "$1"
	passes=-1
	verdict "a variant with the fault '$1' in the second pass is red: $2" 1 \
		"# in the second pass: $2" "not ok [0-9]* $mutant\$" \
		"^    ok [0-9]* $legacy\$" "^    ok [0-9]* $modern\$" "^not ok 1 $stem\$"
}

all_fault() {
	family
	mutate "$modern" "$1-all"
	passes=
	run_fault "$1"
	passes=-1
	verdict "a variant with the fault '$1' in the third pass is red: $2" 1 \
		"# in the third pass: $2" "not ok [0-9]* $mutant\$" \
		"^    ok [0-9]* $legacy\$" "^    ok [0-9]* $modern\$" "^not ok 1 $stem\$"
}

workload_fault() {
	family
	ln -sf "$bin/mutant" "$dir/$stem.workload"
	export MUTANT="$1"
	run_fault "$1"
	unset MUTANT
	verdict "a workload with the fault '$1' is red: $2" 1 "# .*$2" "^not ok 1 $stem\$"
}

t_same() {
	family
	mutate "$modern" same
	mutate "$legacy" same
	run
	verdict "mutants without a fault are green" 0 "    ok [0-9]* $stem-same" "^ok 1 $stem\$"
}

t_slow() {
	family
	mutate "$modern" slow
	run
	verdict "a variant that waits often before it writes is green" 0 "^ok 1 $stem\$"
}

# Records that are missing for another reason are not said to be skipped by the kernel.
t_no_reason() {
	family
	mutate "$modern" drop
	run
	! grep "not counted as lost" "$tmp/out" || case $(uname -r) in [7-9]*|6.1[0-9]*) status=9 ;; esac
	! grep "recursion_misses" "$tmp/out" || status=9
	verdict "a missing record is not said to be skipped by the kernel" 1 \
		"differs from what is expected: 1 missing"
}

t_legacy_fault() {
	family
	mutate "$legacy" drop
	run
	verdict "a legacy variant with a fault is red" 1 "not ok [0-9]* $mutant\$" "lacks it: drop"
}

t_one_side_skips() {
	family
	rm "$dir/$modern"
	mutate "$modern" skip
	run
	verdict "no modern variant: the family is skipped" 4 "# SKIP mutant: no such thing" \
		"^ok 1 $stem # SKIP no modern variant"
}

t_all_skip() {
	family
	rm "$dir/$modern" "$dir/$legacy"
	mutate "$modern" skip
	mutate "$legacy" skip
	run
	verdict "no variant at all: the family is skipped" 4 "^ok 1 $stem # SKIP no variant could run"
}

t_workload_skips() {
	family
	ln -sf "$bin/mutant" "$dir/$stem.workload"
	export MUTANT=skip
	run
	unset MUTANT
	verdict "a workload that cannot run is skipped" 4 "^ok 1 $stem # SKIP .*no such thing"
}

t_stray() {
	family
	mutate "$modern" stray
	run
	verdict "a variant that leaves a process running is red" 1 "process [0-9]* (.*) was left running"
}

# One mutant holds the run still, while a real variant is killed.
t_variant_killed() {
	family
	mutate "$modern" hang-sync
	mkfifo "$tmp/log"
	"$bin/equiv" -v -d "$dir" -n $events -f ktap >"$tmp/out" 2>"$tmp/log" 9>&- &
	pid=$!
	exec 7<"$tmp/log"
	first= second=
	while read -r line <&7; do
		case $line in
		*" $legacy: started, pid "*) first=${line##* } ;;
		*" $mutant: started, pid "*) second=${line##* } ;;
		*" $legacy: > synced"*) kill -KILL "$first" "$second"; break ;;
		esac
	done
	cat <&7 >"$tmp/err"
	wait $pid
	status=$?
	exec 7<&-
	rm "$tmp/log"
	verdict "a variant that is killed is red" 1 "was killed by signal 9 (Killed)" \
		"not ok [0-9]* $legacy\$" "    ok [0-9]* $modern\$"
}

t_other_families() {
	local beside=
	local events=	# the default: with few, some families have only one record
	for stem in $runnable; do
		[ "$stem" = "$chosen" ] && continue
		pair "$stem"
		for fault in drop double swap value outside; do
			# map_crud has no events, inside or outside of the cgroup.
			[ "$stem $fault" = "map_crud outside" ] && continue
			# In a guest there are no other processes that do anything.
			beside=
			[ $fault = outside ] && beside="$bin/noise --"
			family
			mutate "$modern" $fault
			run
			beside=
			[ $status = 1 ] && grep -q "not ok [0-9]* $mutant\$" "$tmp/out" && continue
			stem=$chosen
			pair "$stem"
			not_ok "mutants of the other families are red" "$mutant is not"
			return
		done
	done
	stem=$chosen
	pair "$stem"
	ok "mutants of the other families are red"
}

t_table() {
	family
	mutate "$modern" drop
	run -f table
	grep -q "$(printf '\033')" "$tmp/out" && {
		not_ok "the table" "colours, but stdout is no terminal"
		return
	}
	verdict "the table shows the same" 1 "^  expected  *[1-9]" "!=  " "lacks it: drop" "^FAIL"
}

# Plans that fit what follows, at each level of nesting.
t_ktap() {
	family
	run
	awk '
	{ match($0, /^ */); level = RLENGTH / 4; text = substr($0, RLENGTH + 1) }
	NR == 1 && $0 != "KTAP version 1" { bad = "no version" }
	text ~ /^1\.\.[0-9]+$/ { plan[level] = substr(text, 4); n[level] = 0 }
	text ~ /^(not )?ok / {
		sub(/^not /, "", text)
		split(text, word, " ")
		if (word[2] != ++n[level]) bad = "results out of order"
		if (level == 0 && n[1] != plan[1]) bad = "a subtest does not fit its plan"
	}
	END {
		if (!plan[0] || n[0] != plan[0]) bad = "the plan does not fit"
		if (bad) print "# " bad
		exit bad != ""
	}' "$tmp/out" >"$tmp/err" || status=9
	verdict "KTAP is well formed" 0
}

# If the result cannot be written, the status is 1, whatever the result was.
t_full() {
	family
	for words in "-f ktap -n $events" "-f table -n $events" -l --help; do
		# shellcheck disable=SC2086 # several words
		"$bin/equiv" -d "$dir" $words >/dev/full 2>"$tmp/err"
		status=$?
		grep -q "^equiv: cannot write to stdout" "$tmp/err" || status=9
		[ $status = 1 ] || break
	done
	: >"$tmp/out"
	verdict "if stdout is full, nothing is green (equiv $words)" 1
}

t_by_name() {
	ln -sf "$bin/equiv" "$tmp/$stem"
	"$tmp/$stem" -l >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ "$(grep -c '^[^ ]' "$tmp/out")" = 1 ] || status=9
	verdict "equiv with the name of a stem runs that stem alone" 0 "^$stem\$" "^  $modern .*modern" \
		"^  $legacy .*legacy"
}

# There are such directories in a source tree, or a user has made one.
t_directories() {
	family
	mkdir "$dir/another.workload" "$dir/$stem-another.skel"
	run -l
	! grep another "$tmp/out" || status=9
	verdict "a directory is neither a family nor a variant" 0 "^$stem\$" "^  $legacy "
}

t_command() {
	family
	run "$stem" -- sh -c 'for i in 1 2 3; do "$0" -h; done; exit 3' "$bin/equiv"
	verdict "a command is compared without expected records" 0 "^    ok 1 " "ended with status 3"
}

# Its variants do the same whatever the command does, so they would always agree.
t_no_command() {
	[ -x "$bin/map_crud.workload" ] || {
		skip "a family without events takes no command" "there is no map_crud here"
		return
	}
	"$bin/equiv" -f ktap map_crud -- touch "$tmp/touched" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ ! -e "$tmp/touched" ] || status=9
	verdict "a family without events takes no command" 4 \
		"^ok 1 map_crud # SKIP map_crud.workload: .*observe nobody"
}

t_command_fails() {
	family
	run "$stem" -- "$tmp/nonexistent"
	verdict "a command that does not exist is red" 1 "cannot run $tmp/nonexistent: No such file"
}

t_repeat() {
	family
	run -r 2
	verdict "each repetition has a name of its own" 0 "^ok 1 $stem run 1 of 2" "^ok 2 $stem run 2 of 2"
}

t_events() {
	family
	run -n 7
	few=$(sed -n 's/^ *# \([0-9]*\) records expected.*/\1/p' "$tmp/out")
	run -n 40
	many=$(sed -n 's/^ *# \([0-9]*\) records expected.*/\1/p' "$tmp/out")
	[ "${few:-0}" -lt "${many:-0}" ] || status=9
	verdict "the number of events is the workload's" 0
}

t_too_many() {
	for limited in execmon file_events file_opens write_count; do
		[ ! -x "$bin/$limited.workload" ] ||
			timeout 300 "$bin/$limited.workload" -n 1000000 2>&1 >/dev/null |
			grep -q "^$limited.workload: '1000000' is not a number up to [0-9]*$" || {
			not_ok "more than a workload can do is refused" "not by $limited.workload"
			return
		}
	done
	family
	run -n 1000001
	verdict "more than a workload can do is refused" 1 \
		"# $stem.workload: ended with status 1 before it was ready: .*a number up to [0-9]"
}

t_usage() {
	for words in "-f xml" "-t 0" "-n -3" "-r x" "nosuchstem" "-d $tmp/none" "-d /dev -l" "-Z" \
		"$stem --" "-- true"; do
		# shellcheck disable=SC2086 # several words
		"$bin/equiv" $words >"$tmp/out" 2>"$tmp/err"
		status=$?
		[ $status = 1 ] && [ -s "$tmp/err" ] || {
			not_ok "wrong usage is refused" "equiv $words: exit status $status"
			return
		}
	done
	"$bin/equiv" -h >"$tmp/out"
	status=$?
	verdict "wrong usage is refused" 0 "^Usage: equiv"
}

t_not_root() {
	setpriv --reuid=65534 --clear-groups true 2>/dev/null || {
		skip "without root it is skipped" "setpriv cannot change the user here"
		return
	}
	family
	chmod 755 "$tmp" "$dir"
	# The build may lie where only root may look.
	rm "$dir"/*
	cp "$bin/equiv" "$bin/$stem.workload" "$bin/$legacy" "$bin/$modern" "$dir"
	setpriv --reuid=65534 --clear-groups "$dir/equiv" -f ktap >"$tmp/out" 2>"$tmp/err"
	status=$?
	verdict "without root it is skipped" 4 "^1..0 # SKIP needs root"
}

t_noise() {
	family
	"$bin/noise" -- "$bin/equiv" -d "$dir" -f ktap >"$tmp/out" 2>"$tmp/err"
	status=$?
	verdict "noise outside of the cgroup changes nothing" 0 "^ok 1 $stem\$"
}

# Lists the programs, links and maps of this kernel, whoever has loaded them.
loaded() {
	for kind in prog link map; do
		"${BPFTOOL:-bpftool}" $kind show 2>/dev/null | sed -n "s/^\([0-9]*\): .*/$kind \1/p"
	done | sort
}

# Lists those of them that are open in processes which have inherited descriptor 9.
held() {
	for fd in /proc/[0-9]*/fd/9; do
		[ "$fd" -ef "$tmp/alive" ] && cat "${fd%fd/9}"fdinfo/*
	done 2>/dev/null | sed -n 's/^\(prog\|link\|map\)_id:[^0-9]*/\1 /p' | sort -u
}

# Waits until nothing is left of what was open when the runner was killed.
unloaded() {
	for _ in $(seq 300); do
		loaded | comm -12 - "$tmp/ours" >"$tmp/left"
		[ -s "$tmp/left" ] || return 0
		sleep 1
	done
	return 1
}

# Kills the runner, its parent or both ("command": both, while a COMMAND runs)
# once it has said the given words, and waits for the end of all processes that
# have inherited descriptor 9.
kill_at() {
	family
	# A mutant that hangs holds the run still, so that the others are still there.
	case $2 in *sync) mutate "$modern" hang-sync ;; esac
	rm -f "$tmp/log" "$tmp/alive"
	mkfifo "$tmp/log" "$tmp/alive"
	timeout 300 cat "$tmp/alive" >/dev/null &
	reader=$!
	set -- "$1" "$2" "$bin/equiv" -v -d "$dir" -n $events -f ktap "$stem"
	[ "$1" != command ] ||
		set -- "$@" -- sh -c 'sleep 100000 2>/dev/null & echo "it sleeps" >&2; wait'
	(shift 2; exec "$@") >"$tmp/out" 2>"$tmp/log" 9>"$tmp/alive" &
	guard=$!
	runner=
	exec 7<"$tmp/log"
	: >"$tmp/err"
	while read -r line <&7; do
		echo "$line" >>"$tmp/err"
		case $line in "equiv: the runner is pid "*) runner=${line##* } ;; esac
		echo "$line" | grep -q -e "$2" && break
	done
	# While the runner is stopped, it cannot clean up after its parent's death.
	kill -STOP "$runner"
	held >"$tmp/held"
	loaded | comm -12 - "$tmp/held" >"$tmp/ours"
	case $1 in
	guard) kill -KILL $guard; kill -CONT "$runner" ;;
	runner) kill -KILL "$runner" ;;
	*) kill -KILL $guard "$runner" ;;
	esac
	cat <&7 >>"$tmp/err"
	exec 7<&-
	{ wait $guard; } 2>/dev/null
	wait $reader
	status=$?
	name="SIGKILL of $1 at '$2' leaves no process, program or map"
	[ $status = 0 ] || {
		not_ok "$name" "300 s later a process is still there"
		return
	}
	case $2 in
	*sync) [ -s "$tmp/ours" ] || {
		not_ok "$name" "bpftool cannot say what is loaded"
		return
	} ;;
	esac
	unloaded || {
		not_ok "$name" "300 s later the kernel still has: $(cat "$tmp/left")"
		return
	}
	# The next start removes the cgroup that is left, and works.
	family
	run
	for left in "$cgroups"/bpf_evolution."$runner".*; do
		[ -e "$left" ] && {
			not_ok "$name, and the next start sweeps" "$left is still there"
			return
		}
	done
	verdict "$name, and the next start sweeps" 0
}

# A legacy and a modern variant of a family that pass here.
pair() {
	legacy=
	modern=
	for variant in $(sed -n 's/^    ok [0-9]* \([^ ]*\)$/\1/p' "$tmp/$1.out"); do
		case $variant in
		*skel) modern=${modern:-$variant} ;;
		*) legacy=$variant ;;
		esac
	done
}

# shellcheck disable=SC2059
cgroups=$(printf "$(awk '/ - cgroup2 / { gsub(/%/, "%%", $5); print $5; exit }' /proc/self/mountinfo)")
runnable=
slowest=0
for stem in $("$bin/equiv" -l | grep '^[^ ]'); do
	begin=$(date +%s)
	"$bin/equiv" -n $events -f ktap "$stem" >"$tmp/$stem.out" 2>"$tmp/err"
	case $? in
	0) runnable="$runnable $stem" ;;
	4) grep SKIP "$tmp/$stem.out" | sed 's/^/# /' ;;
	*) sed 's/^/# /' "$tmp/$stem.out" "$tmp/err" ;;
	esac
	took=$(($(date +%s) - begin))
	[ $took -gt $slowest ] && slowest=$took
done
[ -n "$runnable" ] || {
	echo "KTAP version 1"
	echo "1..0 # SKIP no family can run here, so none can fail"
	exit 4
}
# A time limit that only a mutant that hangs exceeds, even on a slow machine.
hangs=$((10 + slowest))
chosen=${runnable# }
chosen=${chosen%% *}
stem=$chosen
pair "$stem"

echo "KTAP version 1"
# shellcheck disable=SC2086
echo "1..$(($(lines "$variant_faults") + $(lines "$storm_faults") + $(lines "$all_faults") + $(lines "$workload_faults") + $(lines "$kills") + $(set -- $others; echo $#)))"
echo "# with $legacy and $modern, limit $hangs s"
for name in $others; do
	"t_$name"
done
while read -r fault words; do
	[ -z "$fault" ] || variant_fault "$fault" "$words"
done <<END
$variant_faults
END
while read -r fault words; do
	[ -z "$fault" ] || storm_fault "$fault" "$words"
done <<END
$storm_faults
END
while read -r fault words; do
	[ -z "$fault" ] || all_fault "$fault" "$words"
done <<END
$all_faults
END
while read -r fault words; do
	[ -z "$fault" ] || workload_fault "$fault" "$words"
done <<END
$workload_faults
END
while read -r victim words; do
	[ -z "$victim" ] || kill_at "$victim" "$words"
done <<END
$kills
END
[ $failed = 0 ]
