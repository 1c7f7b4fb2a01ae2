#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_check.sh - is the last line of `make check` correct?
#
# check.py gets tests that pass, fail, skip and break off, and must count each
# correctly.  soak.sh, with a vm.sh that only pretends to run guests, must fail if one of
# its phases fails, and must end at once if it is told to.  No real test is run.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
unset JOBS KERNEL LIMIT LOGS N STEMS MAKEFLAGS MAKELEVEL
export OUT=$tmp/out TMPDIR=$tmp
. "$here/../ktap.sh"

# counts NAME STATUS LAST-LINE [WORDS] -- TEST...: does check.py's run of the TESTs end so?
counts() {
	local name=$1 wanted=$2 last=$3 words=.

	shift 3
	[ "$1" = -- ] || { words=$1; shift; }
	shift
	"$here/../check.py" "$@" >"$tmp/log" 2>&1
	[ $? = "$wanted" ] && [ "$(tail -n 1 "$tmp/log")" = "$last" ] && grep -q "$words" "$tmp/log"
	result $? "$name"
}

refused() {	# SCRIPT ARGUMENT: with one line
	"$here/../$1" "$2" >"$tmp/log" 2>&1
	[ $? = 1 ] && [ "$(wc -l <"$tmp/log")" = 1 ] && grep -q "^${1##*/}: .*$2" "$tmp/log"
	result $? "${1##*/} refuses $2"
}

helps() {	# SCRIPT
	"$here/../$1" -h >"$tmp/log" 2>&1 && grep -q "^${1##*/} - " "$tmp/log" && ! grep -q '^#' "$tmp/log"
	result $? "${1##*/} -h says what there is"
}

# A suite whose vm.sh records its arguments and does what $tmp/suite/does says.
mkdir -p "$tmp/suite/guest"
cp "$here"/../{soak.sh,check.py,ktap.py} "$tmp/suite"
cat >"$tmp/suite/guest/vm.sh" <<-END
	#!/bin/sh
	echo "\$*" >>"$tmp/guests"
	. "$tmp/suite/does"
END
chmod +x "$tmp/suite/guest/vm.sh"
printf 'all:\n\t@true\n' >"$tmp/Makefile"

soak() { "$tmp/suite/soak.sh" >"$tmp/log" 2>&1; }
phases() { [ "$(grep -c . "$tmp/guests")" = "$1" ]; }

# check.py's list with an equiv that ends with status $1.
list() {
	mkdir -p "$OUT/bin"
	printf '#!/bin/sh\nexit %s\n' "$1" >"$OUT/bin/equiv"
	chmod +x "$OUT/bin/equiv"
	"$here/../check.py" -l >"$tmp/log" 2>&1
}

echo "KTAP version 1"
echo "1..36"

pass="printf '1..2\nok 1 a\nok 2 b\n'"
nested="printf '1..1\n    1..2\n    ok 1 a\n    ok 2 b # SKIP no kprobes\nok 1 f\n'"
counts "a test that passes" 0 "2 passed, 0 failed" -- "$pass"
counts "a test that fails" 1 "2 passed, 1 failed" 'not ok 1 b' -- "$pass" "printf '1..1\nnot ok 1 b\n'; exit 1"
counts "... says only why what has failed has" 1 "1 passed, 1 failed" "^  | # *not ok 2 b\$" -- \
	"printf '1..2\nnot ok 1 f\n#     # of a\n#     ok 1 a\n#     # of b\n#     not ok 2 b\nok 2 g\n'; exit 1"
grep -q "^  | .*of b" "$tmp/log" && ! grep -q "^  | .*\(of a\|ok 1 a\)" "$tmp/log"
result $? "... and not what others say"
counts "a status that does not fit" 1 "4 passed, 2 failed" 'exit status 3, but no' -- \
	"$pass; exit 3" "$pass; exit 4"
counts "fewer results than planned" 1 "1 passed, 1 failed" '1 results, but 2 were planned' -- \
	"printf '1..2\nok 1 a\n'"
counts "a test that prints nothing" 1 "2 passed, 1 failed" 'printed no results' -- true "$pass"
# SIGALRM is what timeout(1) gets from its own timer; it is sent when timeout(1) waits.
LIMIT=1000 counts "a test that hangs" 1 "2 passed, 1 failed" 'ended after 1000 seconds' -- \
	"$pass; until grep -q '^State:.S' /proc/\$PPID/status; do :; done; kill -ALRM \$PPID; sleep 1000"
counts "a test that is skipped" 0 "1 passed, 0 failed, 1 skipped" 'skipped: b: no kprobes' -- "$nested"
counts "a run in which everything is skipped has not passed" 1 "0 passed, 0 failed, 1 skipped" 'skipped: no qemu' -- \
	"echo no qemu >&2; exit 4"

counts "a skip in a test that may not be skipped" 1 "1 passed, 1 failed, 1 skipped" \
	'may not be skipped: b: no kprobes' -- "noskip $nested"
counts "... of a family" 1 "0 passed, 1 failed, 2 skipped" 'may not be skipped: f: no modern' -- \
	"noskip printf '1..1\n    1..2\n    ok 1 a\n    ok 2 b\nok 1 f # SKIP no modern variant\n'"
counts "... of all" 1 "0 passed, 1 failed, 1 skipped" 'may not be skipped: needs' -- \
	"noskip echo '1..0 # SKIP needs root'; exit 4"
counts "... where there is none" 0 "2 passed, 0 failed" -- "noskip $pass"
counts "... for want of a libbpf 0.x, or of a guest" 0 "1 passed, 0 failed, 2 skipped" -- \
	"noskip ${nested/no kprobes/b: no libbpf 0.x: make libbpf0}" "noskip echo no qemu >&2; exit 4"

list 0 && [ "$(grep -c '^noskip [^ ]*vm.sh -k 6.1 .*equiv -1 -f ktap' "$tmp/log")" = 1 ] &&
	[ "$(grep 'test_cpus' "$tmp/log" | cut -d ' ' -f 1)" = noskip ]
result $? "nothing may be skipped in the guests of make check"
KERNEL=5.10 list 0 && ! grep -q '^noskip' "$tmp/log"
result $? "... unless they have another kernel"
list 1 && grep -qx "$OUT/bin/equiv -f ktap" "$tmp/log" && grep -qx "${here%/*}/runner/test_equiv.sh" "$tmp/log"
result $? "if families fail on this kernel, make check runs them on it"
list 4 && ! grep -q "^$OUT" "$tmp/log" && grep -q 'vm.sh.* -- test_equiv.sh$' "$tmp/log"
result $? "if they cannot run on it, make check does not run them there"

# A tree whose equiv leaves a file to show that it was run, and then skips.
mkdir -p "$tmp/tree/selftests/runner/equiv" "$tmp/tree/.output/bin"
cp "$here/../bin.sh" "$tmp/tree/selftests"
cp "$here/../runner/test_equiv.sh" "$tmp/tree/selftests/runner"
printf '#!/bin/sh\n: >"%s"\nexit 4\n' "$tmp/begun" >"$tmp/tree/.output/bin/equiv"
chmod +x "$tmp/tree/.output/bin/equiv"
(cd / && exec env -u OUT -u BIN "$tmp/tree/selftests/runner/test_equiv.sh") >"$tmp/log" 2>&1
[ -e "$tmp/begun" ]
result $? "a test that is run in the tree takes its programs from .output"
: >"$tmp/log"
for test in "$here"/test_{ends,lessons,live,mounts,refusals}.sh "$here"/../runner/test_equiv.sh; do
	OUT=$tmp/nothing BIN='' "$test" >"$tmp/said" 2>&1
	[ "$? $(wc -l <"$tmp/said")" = "4 1" ] && grep -q ' there is no .*: make first' "$tmp/said" ||
		cat "$tmp/said" >>"$tmp/log"
done
[ ! -s "$tmp/log" ]
result $? "... and says in one line if there are none"

# A test, with all that it has started, ends with check.py; the signal comes when timeout(1)
# waits.
for signal in TERM INT KILL; do
	mkfifo "$tmp/$signal"
	env --default-signal=INT "$here/../check.py" "exec 9>$tmp/$signal
		until grep -q '^State:.S' /proc/\$PPID/status; do :; done; echo >&9; sleep 1000" >"$tmp/log" 2>&1 &
	exec 8<"$tmp/$signal"
	{
		read -r -u 8 && kill -$signal $! && timeout 300 cat <&8
		ended=$?
		wait $!
	} 2>/dev/null
	[ "$? $ended" = "$((128 + $(kill -l $signal))) 0" ]
	result $? "SIG$signal ends check.py and its test"
done

for script in check.py soak.sh tree/check-trees.sh check-distros.sh; do
	helps $script
	refused $script -x
done

echo 'echo "PASS a run 1 of 2: 7 variants agree"' >"$tmp/suite/does"
soak && phases 6 && grep -qx "soak: all green" "$tmp/log"
result $? "a soak whose six phases pass has passed"
: >"$tmp/guests"
echo 'case $* in *noise*) exit 1 ;; esac' >"$tmp/suite/does"
! soak && phases 6 && grep -qx "soak: 2 of 6 failed" "$tmp/log"
result $? "... and has failed if two of them fail"
echo 'case $* in *noise*) echo "SKIP a run 2 of 2: no kprobes" ;; esac' >"$tmp/suite/does"
! soak && grep -qx "soak: 2 of 6 failed" "$tmp/log"
result $? "... or if a family is skipped"

: >"$tmp/guests"
mkfifo "$tmp/alive"
echo 'exec sleep 1000' >"$tmp/suite/does"
"$tmp/suite/soak.sh" >"$tmp/log" 2>&1 9>"$tmp/alive" &
soak=$!
exec 8<"$tmp/alive"
for _ in {1..3000}; do [ -s "$tmp/guests" ] || sleep 0.1; done
kill $soak
timeout 300 cat <&8
ended=$?
wait $soak
[ "$? $ended" = "143 0" ] && phases 1 && ! ls -d "$tmp"/tmp.* >>"$tmp/log" 2>&1
result $? "a soak that is told to end leaves no guest and no file, and starts no other guest"
exit $failed
