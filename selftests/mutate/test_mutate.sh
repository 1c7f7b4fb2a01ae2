#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_mutate.sh - does equiv notice a sample of mutants, and does mutate.py judge them well?
#
# The sample is small, and clang decides which instructions there are.  So the least score here
# is lower than that of all mutants, which README.md has.
#
#	[STEMS="S ..."] OUT=DIR test_mutate.sh	a built tree; prints KTAP
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

# ran STATUS SETTING...: mutate.py with the SETTINGs ends with STATUS.
ran() {
	local status=$1

	shift
	env "$@" "$here/mutate.py" >"$tmp/log" 2>&1
	[ $? = "$status" ]
}

rule() {
	cat >>"$tmp/rules/a.ini" <<-END
	[$1]
	why = for a test
	operator = $2
	unlike = $3
	END
}

echo "KTAP version 1"
echo "1..12"
# An object of either byte order has the same instructions and mutants, as llvm-objdump reads it.
cat >"$tmp/both.c" <<'END'
struct numbers { long long a; int b; short c; char d; } numbers, *of(int);
static int (*call)(struct numbers *, int, long long) = (void *)4;
__attribute__((section("socket"), used)) int both(struct numbers *n)
{
	struct numbers mine = { n->a << 3, -n->b, n->c, 7 };

	if (n->a > 0x12345678 && n->b != -2)
		__sync_fetch_and_add(&n->a, 0x123456789abcdefll);
	return call(&mine, sizeof(mine), numbers.a) - n->d;
}
END
for order in bpfel bpfeb; do
	${CLANG:-clang} -std=gnu11 -O2 -g -mcpu=v3 -target $order -w -c "$tmp/both.c" -o "$tmp/$order.o" &&
		POISON_CLANG=${CLANG:-clang} "$here/poison.py" -std=gnu11 -O2 -g -mcpu=v3 \
			-target $order -w -c "$tmp/both.c" -o "$tmp/$order.poison.o" &&
		llvm-objdump -d --no-show-raw-insn "$tmp/$order.o" >"$tmp/$order.txt" &&
		llvm-objdump -d --no-show-raw-insn "$tmp/$order.poison.o" >"$tmp/$order.poison.txt" ||
		exit 1
done
python3 - "$here" "$tmp" >"$tmp/log" 2>&1 <<'END'
import re
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import bpf_object
import operators


class Both:
    def __init__(self, order):
        with open(f'{sys.argv[2]}/{order}.o', 'rb') as file:
            self.obj = bpf_object.Object(file.read())
        self.text = [str(insn) for insn in self.obj.insns]
        self.mutants = list(operators.mutants(self.obj))
        with open(f'{sys.argv[2]}/{order}.txt', encoding='utf-8') as file:
            self.dump = re.findall(r'^ +[0-9]+:\t(.*)', file.read(), re.M)

    def after(self, mutant):
        """What the mutant's bytes are, if they are an instruction."""
        return len(mutant.new) == 8 and str(bpf_object.Insn(mutant.new, self.obj.order, 0, '', 0))


def plain(line):
    """Without what llvm-objdump writes in another manner: numbers of base 16, targets, symbols."""
    line = re.sub(r'0x[0-9a-f]+', lambda number: str(int(number[0], 16)), line.strip())
    line = re.sub(r' goto .*| <\w.*', '', line)
    return re.sub(r'^lock \*\((.*)\) \+= ', r'atomic *(\1) ', line)


def as_dumped(what, both):
    """Negations, exits and numbers of 64 bits have no second operand there, or another one."""
    pairs = [(text, plain(line)) for text, line in zip(both.text, both.dump)
             if not re.search(r'= -[rw]|^exit| ll$', line.strip())]
    same(what, *map(list, zip(*pairs)))
    if len(both.text) != len(both.dump):
        print(f'not ok: {what}')


def same(what, one, other):
    for left, right in zip(one, other):
        if left != right:
            print(f'{what}: {left} | {right}')
    print(f'{what}: {len(one)} and {len(other)}')
    print('not ' * (one != other or not one) + f'ok: {what}')


little, big = Both('bpfel'), Both('bpfeb')
same('instructions', little.text, big.text)
same('mutants', [f'{mutant} {little.after(mutant)}' for mutant in little.mutants],
     [f'{mutant} {big.after(mutant)}' for mutant in big.mutants])
as_dumped('llvm-objdump', big)
as_dumped('poisoned', Both('bpfeb.poison'))
END
for what in instructions mutants llvm-objdump poisoned; do
	grep -q "^ok: $what" "$tmp/log" && ! grep -q "^not ok: $what" "$tmp/log"
	result $? "a big-endian object: $what"
done

ran 0 STEMS="${STEMS:-exitmon}" N=8 MINIMUM=50
result $? "a sample of mutants is red"

few="STEMS=exitmon N=12 EQUIVALENT=$tmp/rules"
rule "covers its opposite" 'imm\+1' 'exitmon raw imm+1 __u32 zero = 0;'
rule "of nothing" 'no-such-operator' 'exitmon raw no-such-operator nowhere'
rule "too wide" '.*' 'exitmon raw store-nothing nowhere'
# shellcheck disable=SC2086
ran 1 MINIMUM=100.1 $few
while read -r words; do
	grep -q "$words" "$tmp/log" "$out/poisoned/mutate/survivors.txt"
	result $? "mutate.py says: $words"
done <<'END'
^wrong rule: exitmon
rule "covers its opposite" covers what it must not cover
rule "of nothing": no mutant is
the score is .*, less than 100.1%
END
rm "$tmp/rules/a.ini"
# The filter finds no task: all records are missing, also those of the original.
mv "$out/poisoned/bin/exitmon_kern.o" "$tmp/right.o"
python3 - "$tmp/right.o" "$out/poisoned/bin/exitmon_kern.o" "$here" <<-'END'
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
# shellcheck disable=SC2086
ran 1 $few && grep -q "an original was red" "$tmp/log"
result $? "a wrong original is a failure"
# What the kernel refuses has ended; one that is just slow may be a mutant that nobody has judged.
python3 - "$here" <<'END' >"$tmp/log" 2>&1
import sys
import types
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import mutate

side = types.SimpleNamespace(variant='x', stage='skel')
cases = [mutate.Case(side, None, number) for number in (1, 2)]
mutate.Runner('', 'host', 'x86', 1)._judge(cases, """KTAP version 1
1..1
    KTAP version 1
    # Subtest: x
    1..3
    ok 1 x.skel
    # was late: no answer within 60 s (before it was ready)
    not ok 2 x-m1.skel
    # ended with status 1 before it was ready: cannot load the skeleton: Invalid argument
    not ok 3 x-m2.skel
# 2 of 3 variants failed
not ok 1 x
""".splitlines(True), lambda number: None)
said = [case.verdict for case in cases]
print(said)
sys.exit(said != ['late', 'refused'])
END
result $? "a mutant that was late is not one that the kernel refuses"
mv "$tmp/right.o" "$out/poisoned/bin/exitmon_kern.o"
# Of mutants that look alike, a rule may cover the first one of each program.
cat >"$tmp/rules/a.ini" <<'END'
[the first]
why = for a test
operator = imm\+1
instruction = r2 \+= -.*
first = yes
unlike = exitmon raw imm+1 __u32 zero = 0;
END
ran 1 STEMS=exitmon EQUIVALENT="$tmp/rules" ONLY='exitmon\.raw .*r2 .= -.* imm.1' &&
	[ "$(grep -c "^wrong rule" "$out/poisoned/mutate/all.txt")" = 1 ] &&
	[ "$(grep -c "^red.* imm+1" "$out/poisoned/mutate/all.txt")" = 1 ] &&
	! grep "^[a-z]" "$out/poisoned/mutate/all.txt" | grep -v "r2 += -.* imm.1"
result $? "a rule covers the first one, and ONLY chooses some"
exit $failed
