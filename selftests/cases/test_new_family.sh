#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_new_family.sh - does the README's worked example hold?
#
# Does what the README says in a copy of the tree, then asks whether the new
# family is built, found and proven equal, in a VM, with no existing file touched.
# And what the build must refuse: a family with one side, a file nobody builds.
# Environment: OUT (built), KERNEL.
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
out=$(cd "${OUT:-$top/.output}" && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"

sums() { find Kbuild Makefile README.md samples legacy modern selftests -type f ! -name '*my_family*' -exec cksum {} + | sort; }
# Does a build fail, saying this?
refuses() { ! make all >"$tmp/log" 2>&1 && grep -q "$1" "$tmp/log"; }

echo "KTAP version 1"
echo "1..7"
(cd "$top" && cp -a Kbuild Makefile README.md LICENSE samples legacy modern selftests "$tmp") &&
	cp -a "$out" "$tmp/.output" && cd "$tmp" || exit 1
unset OUT MAKEFLAGS MAKELEVEL
sums >before

awk '/^```sh new-family$/ { on = 1; next } /^```$/ { on = 0 } on' README.md >example.sh
[ -s example.sh ]
result $? "the README has an example"
sh -e example.sh >"$tmp/log" 2>&1 && make all >"$tmp/log" 2>&1
result $? "the new family is built"
sums | cmp -s before -
result $? "no existing file was touched"
.output/bin/equiv -l my_family >"$tmp/log" 2>&1 && grep -q 'my_family\.skel' "$tmp/log" &&
	grep -q 'my_family\.raw' "$tmp/log"
result $? "the runner finds it"
selftests/guest/vm.sh -k "${KERNEL:-6.1}" -d .output/bin -- ./equiv -f ktap my_family >"$tmp/log" 2>&1
result $? "its stages agree"

mv modern/my_family.c modern/my_family.bpf.c "$tmp"
refuses 'my_family: there is a legacy side, but no modern'
result $? "a family without its modern side is refused"
mv my_family.c my_family.bpf.c modern
touch legacy/what.c
refuses 'legacy/what.c: no rule builds this'
result $? "a file that no rule builds is refused"
exit $failed
