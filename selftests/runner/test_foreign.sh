#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_foreign.sh - other people's tools beside the variants (equiv --with), and two of them
# beside each other (equiv --pair).
#
# The tools here are variants of execmon that run live, as a person would run them, with
# faults that a sed or a sleep gives them.  The tools of bpftrace, bcc and libbpf-tools are
# tried where they are installed; what they get wrong is said, and is no failure.  As root.
set -u
export LC_ALL=C
. "$(dirname "$0")/../bin.sh"
. "$top/selftests/ktap.sh"
PATH=$PATH:/usr/sbin:/sbin:$bin
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

old="execmon.raw --format=records"
new="execmon.skel --format=records"
# The variants print no backslash, but \x5c; in the lines that a filter gets, it is escaped again.
filter='echo "count execs=-"; echo "uncounted execs=-"; sed -n "s/\\\\x5c/\\\\/g; /^exec /p"'
# ls is executed by this name, too.
ln -s "$(command -v ls)" "$tmp/victim"
work="for i in 1 2 3; do id -u >/dev/null; ls / >/dev/null; done; '$tmp/victim' >/dev/null; id -un"

# equiv's options: its status is in $status, and what it says in $tmp/log.
run() {
	"$bin/equiv" -f ktap "$@" >"$tmp/log" 2>&1
	status=$?
}

# says NAME STATUS WORDS...: has the last run ended so, and said that?  "!" before words: not.
says() {
	local name=$1 want=$2 ok=0
	shift 2
	[ "$status" = "$want" ] || { echo "exit status $status, expected $want" >>"$tmp/log"; ok=1; }
	for words; do
		case $words in
		!*) ! grep -q -e "${words#!}" "$tmp/log" ;;
		*) grep -q -e "$words" "$tmp/log" ;;
		esac || { echo "expected: $words" >>"$tmp/log"; ok=1; }
	done
	result $ok "$name"
}

pair() {
	run -t "${limit:-120}" --pair "$1" "$2" --records "$filter" -- sh -c "$work"
}

# The tools of packages, and the bpftrace programs that are written here.
theirs='\(bcc\|bpftrace\|libbpf_tools\)'
ours=$(ls "$top"/selftests/foreign/*.bpftrace | grep -v '/[^/]*-[^/]*$')

echo "KTAP version 1"
"$bin/equiv" -f ktap -n 20 execmon >"$tmp/log" 2>&1
[ $? != 4 ] || {
	echo "1..0 # SKIP $(sed -n 's/^ok 1 execmon # SKIP //p; s/^1..0 # SKIP //p' "$tmp/log")"
	exit 4
}
echo "1..$((25 + $(echo "$ours" | wc -l)))"

# ---- --pair ----

pair "$old" "$new"
says "a pair agrees" 0 "^    # pair.old: [1-9][0-9]* records" "^    ok 1 pair.old$" "^    ok 2 pair.new$" "^ok 1 pair$"

# As it is in what a script runs with "&".  The tools are still ended by it.
trap '' INT
limit=20 pair "$old" "$new"
trap 'exit 1' INT
says "a pair agrees where SIGINT is ignored" 0 "^ok 1 pair$"

pair "$old" "$new | sed -u '/victim/d'"
says "one that loses a record is red" 1 "# differs from pair.old: 1 missing, 0 too many, 0 with" \
	"^    ok 1 pair.old$" "^    not ok 2 pair.new$" "^# the tools do not agree"

pair "$old | sed -u '/victim/d'" "$new"
says "and so is the new one, if the old one loses it" 1 \
	"# differs from pair.old: 0 missing, 1 too many, 0 with" "file=.*/victim$"

pair "$old" "$new | sed -u '/victim/p'"
says "one that doubles a record is red" 1 "# differs from pair.old: 0 missing, 1 too many" \
	"has it: old new (2 times)"

pair "$old" "$new | sed -u '/victim/s/uid=0/uid=7/'"
says "one with another value is red" 1 "0 missing, 0 too many, 1 with other values" \
	"has 'exec pid=[0-9]* ppid=[0-9]* uid=7 .*', expected '.* uid=0 "

pair "$old" "$new | sed -u 's/ uid=[0-9]*//'"
says "what one of them does not have is not compared" 0 \
	"pair.new.*does not observe.*uid" "^    ok 2 pair.new"

# A line is late, but it may not be missing: the runner waits for the canaries behind it.
pair "$old" "$new | while read -r l; do case \$l in *victim) sleep 2 ;; esac; echo \"\$l\"; done"
says "one that prints late agrees" 0 "^    ok 2 pair.new"

# When a tool is late, the other one goes on, and a process may get a pid that the command had.
again="until [ \$(grep -c 'pair.new: > synced' '$tmp/log') = 2 ]; do sleep 0.1; done; echo \"\$l\"; : >'$tmp/again'"
run -v -t 120 --records "$filter" --pair \
	"$old | while read -r l; do case \$l in *victim) until [ -e '$tmp/again' ]; do sleep 0.1; done ;; esac; echo \"\$l\"; done" \
	"$new | while read -r l; do echo \"\$l\"; case \$l in *victim) ($again) & ;; esac; done" -- sh -c "$work"
says "what one reports while it waits for the other is not compared" 0 "^    ok 2 pair.new"

limit=10 pair "$old" "$new >/dev/null"
says "one that never gets ready is red" 1 \
	"was late: no answer within 10 s (before it was ready): it has printed no line with the word of a canary"

# It would be ready if it were enough that it runs.
limit=10 pair "$old" "echo all is attached; sleep 1000"
says "words do not make it ready" 1 "was late: .* its last line: all is attached"

pair "$old" "$new | sed -u '/victim/q'"
says "one that dies is red" 1 "ended with status 1 after the command: the tool ended with status 0: .*victim"

pair "$old" "sh -c 'echo no such map >&2; exit 3'"
says "one that does not start is red, with its last words" 1 \
	"ended with status 1 before it was ready: the tool ended with status 3: no such map"

limit=20 pair "$old" "trap '' INT; ($new)"
says "one that does not end at ^C is red" 1 "was late: no answer within 20 s (when told to finish)"

pair "$old" "no-such-tool"
says "one that is not installed: skipped" 4 "# SKIP cannot be run here: .*no-such-tool.*not found"

pair "$old" "trap : INT; $new; echo 'Lost 3 events'"
says "one that says that it has lost something is red" 1 "the tool lost 3 events"

run --pair "$old" "$new" --records "$filter" --records 'echo no record' -- true
says "a filter that prints no records is red" 1 "line 1 of the output is no record"

run --pair "$old" "$new" --records "exit 5" -- true
says "a filter that fails is red" 1 "the filter of its records ended with status 5"

run --pair "$old" "$new" -- sh -c "$work"
says "without a filter, the lines of these processes are compared" 0 "# pair.old: [1-9]" "ok 2 pair.new"

# What others do meanwhile is not compared, or the old one would be missing most of it.
"$bin/noise" -- "$bin/equiv" -f ktap --pair "$old" "$new" --records "$filter" -- true >"$tmp/log" 2>&1
status=$?
says "nothing but the command is compared" 0 "# pair.old: 3 records" "# pair.new: 3 records"

run --pair "$old" -- true
says "a pair of one tool is refused" 1 "equiv: --pair takes two tools"

# ---- --with ----

run --with tool="$new" --records tool="$filter" execmon
says "a tool beside the variants agrees" 0 "# execmon.tool: .*does not observe count, uncounted" \
	"^    ok [0-9]* execmon.tool$"

run --with tool="$new | sed -u '/new-0/d'" --records tool="$filter" execmon
says "and is red alone" 1 "^    not ok [0-9]* execmon.tool$" "! not ok [0-9]* execmon.skel" \
	"differs from what is expected: [1-9][0-9]* missing, 0 too many"

run --with tool="no-such-tool" --records tool=cat execmon
says "if it is not installed, it is skipped" 0 "execmon.tool # SKIP cannot be run here"

run --with tool="$new" execmon
says "a tool without a filter is refused" 1 "equiv: --with tool=... needs a filter"

# ---- bpftrace, bcc, libbpf-tools ----

# STEM.WHOSE is written here and has to agree; STEM-TOOL.WHOSE is as its package has it.
for file in $ours; do
	name=${file##*/} stem=${file##*/} stem=${stem%%.*}
	run -t 600 --with "$top/selftests/foreign" "$stem"
	sed -n "s/^    # \($stem-[^ ]*\.$theirs: .*\)/# \1/p" "$tmp/log"
	if grep -q " $name # SKIP" "$tmp/log"; then
		skipped "$name agrees on all fields that it has" \
			"$(sed -n "s/.* $name # SKIP //p" "$tmp/log")"
	else
		status=0	# the others may be red
		says "$name agrees on all fields that it has" 0 "^    ok [0-9]* $name$"
	fi
done
exit $failed
