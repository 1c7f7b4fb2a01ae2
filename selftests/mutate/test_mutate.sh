#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_mutate.sh - does equiv notice a sample of mutants, and does mutate.py judge them well?
#
# The sample is the same each time, but clang decides which instructions there are.  So the
# least score here is a little lower than that of all mutants, which README.md has.
#
#	OUT=DIR test_mutate.sh		a built tree; prints KTAP
#
# It runs on this machine's kernel as root, where equiv can, or else in a guest.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"
export KERNEL=host
"$bin/equiv" -n 10 execmon >/dev/null 2>&1 || KERNEL=6.1

# What is written goes to a directory of its own, below that with the programs, so that they
# can be linked.
out=$(mktemp -d "$bin/../mutate.test.XXXXXX") || exit 1
trap 'rm -rf "$tmp" "$out"' EXIT
cp -rl "$bin" "$bin/../modern" "$out"
export OUT=$out BIN=$out/bin
mkdir "$tmp/rules"

mutate() { env "$@" "$here/mutate.py" >"$tmp/log" 2>&1; }

# judged NAME STATUS WORDS SETTING...: mutate.py with the SETTINGs ends with STATUS, and says so.
judged() {
	local name=$1 status=$2 words=$3

	shift 3
	mutate "$@"
	[ $? = "$status" ] && grep -qE "$words" "$tmp/log"
	result $? "$name"
}

rule() {
	cat >"$tmp/rules/a.ini" <<-END
	[$1]
	why = for a test
	operator = $2
	source = $3
	unlike = $4
	END
}

echo "KTAP version 1"
echo "1..6"
judged "a sample of all families is red" 0 "^write_count" N=16 MINIMUM=90

few="STEMS=exitmon N=40 EQUIVALENT=$tmp/rules"
# shellcheck disable=SC2086
{
rule "too wide" '.*' '' 'exitmon raw store-nothing nowhere'
judged "a rule may not cover a red mutant" 1 "wrong rule" $few
rule "covers its opposite" 'no such operator|imm\+1' '' 'exitmon raw imm+1 anything'
judged "a rule may not cover the mutant that it names as unlike" 1 \
	'rule "covers its opposite" covers what it must not cover' $few
rule "of nothing" 'no such operator' '' 'exitmon raw no-such-operator nowhere'
judged "the mutant that a rule names has to exist" 1 'rule "of nothing": no mutant is' $few
rm "$tmp/rules/a.ini"
judged "too low a score is a failure" 1 "^exitmon" $few MINIMUM=100.1
# The filter finds no task: all records are missing, also those of the original.
mv "$out/bin/exitmon_kern.o" "$tmp/right.o"
python3 - "$tmp/right.o" "$out/bin/exitmon_kern.o" "$here" <<-'END'
	import sys
	sys.dont_write_bytecode = True
	sys.path.insert(0, sys.argv[3])
	import bpf_object
	import operators
	with open(sys.argv[1], 'rb') as file:
	    data = bytearray(file.read())
	for mutant in operators.mutants(bpf_object.Object(bytes(data))):
	    if mutant.operator == 'jump-never' and 'by_cgroup' in mutant.insn.source:
	        data[mutant.at:mutant.at + len(mutant.new)] = mutant.new
	with open(sys.argv[2], 'wb') as file:
	    file.write(data)
END
judged "a wrong original is a failure" 1 "an original was red" $few
}
exit $failed
