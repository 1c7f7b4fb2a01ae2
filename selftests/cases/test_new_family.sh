#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_new_family.sh - can a new family be made as samples/adding.md says?
#
# In a copy of the tree it does what the README and that lesson say: `make new`, then the
# change that is shown there.  Each time the family is built, and its stages must agree
# with the workload; they must differ from a workload that logs something else than it
# did.  It also checks what is refused: names that a family cannot have, a family with
# one side only, a file that no rule builds.
# Environment: OUT (built); KERNEL, of the guest where this kernel cannot be used.
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
out=$(cd "${OUT:-$top/.output}" && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

sums() { find Kbuild Makefile README.md samples legacy modern selftests -type f ! -name '*my_family*' -exec cksum {} + | sort; }
# Does a build fail, with this message?
refuses() { ! make all >"$tmp/log" 2>&1 && grep -q "$1" "$tmp/log"; }
# Does make new refuse this name, with one line that has these words?
no_family() {
	! make new STEM="$1" >"$tmp/log" 2>&1 && [ "$(grep -c '^new.sh: ' "$tmp/log")" = 1 ] &&
		grep -q "^new.sh: .*$2" "$tmp/log"
}
# The version is that of what is there, or all would be linked again.
build() { make VERSION="$(<.output/.version)" all >"$tmp/log" 2>&1; }
# The whole family, here or in a guest.
in_guest=
equiv() {
	if [ -z "$in_guest" ]; then
		.output/bin/equiv -f ktap my_family >"$tmp/log" 2>&1
		status=$?
		[ $status = 4 ] || return $status
		in_guest=yes
	fi
	selftests/guest/vm.sh -k "${KERNEL:-6.1}" -c 2 -d .output/bin -- equiv -f ktap my_family >"$tmp/log" 2>&1
}

echo "KTAP version 1"
mkdir "$tmp/tree"
(cd "$top" && cp -a Kbuild Makefile README.md LICENSE samples legacy modern selftests "$tmp/tree") &&
	cp -a "$out" "$tmp/tree/.output" && cd "$tmp/tree" || exit 1
unset OUT MAKEFLAGS MAKELEVEL STEM
sums >"$tmp/before"

# ---- names ----------------------------------------------------------------------------

while IFS='|' read -r stem words what; do
	no_family "$stem" "$words"
	result $? "make new refuses a name that is $what"
done <<'END'
|make new STEM=my_family|empty
my-family|cannot be a name in C|like a flavour
2my_family|cannot be a name in C|like a number
my_family; touch my_family_was_here|cannot be a name in C|like a command
it's|cannot be a name in C|like a string without an end
while|a keyword or a type of C|like a keyword
pid_t|a keyword or a type of C|like a type
my_report|the report of my|like the report of another family
events|is a name in samples/exitmon|like a map of the template
lost|is a name in samples/exitmon|like a variable of the template
string|would hide another string.h|like a header of the C library
observe|would hide another observe.h|like a header of this suite
vmlinux|would hide another vmlinux.h|like a generated header
trace_output|there is a samples/trace_output.c already|like an existing family
END
echo mine >samples/my_family.md
no_family my_family 'there is a samples/my_family.md already' && [ "$(cat samples/my_family.md)" = mine ]
result $? "no file is overwritten"
rm samples/my_family.md
sums | cmp -s "$tmp/before" - && [ -z "$(find . -path ./.output -prune -o -name '*my_family*' -print)" ]
result $? "make new has written no file for these names"

# ---- a family -------------------------------------------------------------------------------

command=$(grep -m 1 '^    make new STEM=' README.md)
[ "$command" ] && grep -qxF "$command" samples/adding.md
result $? "the README and the lesson have a command for a new family"
eval "$command" >"$tmp/said" 2>&1 && sed -n 's/^  \([a-z]*\/.*\)/\1/p' "$tmp/said" | sort >"$tmp/said.files" &&
	find samples legacy modern -name 'my_family*' | sort | diff "$tmp/said.files" - >"$tmp/log" &&
	[ -s "$tmp/said.files" ]
result $? "make new says which files it has written" "$tmp/said" "$tmp/log"
# The table has my_family_report.[ch] in one row.
sed 's/_report\.[ch]$/_report.[ch]/' "$tmp/said.files" | sort -u |
	diff - <(sed -n 's/^| `\([^`]*\)`.*/\1/p' samples/adding.md | sort) >"$tmp/log"
result $? "the lesson says what each file is for"
sed -n '/:$/,/^Without/s/^  \([^/]* .*\|make\|\.output.*\)/    \1/p' "$tmp/said" |
	diff - <(sed -n '/^Three commands/,/^Without/s/^    /    /p' samples/adding.md) >"$tmp/log"
result $? "make new and the lesson name the same next commands"
build
result $? "the new family is built"
sums | cmp -s "$tmp/before" -
result $? "no existing file was touched"
.output/bin/equiv -l my_family >"$tmp/log" 2>&1 && grep -q 'my_family\.skel' "$tmp/log" &&
	grep -q 'my_family\.raw' "$tmp/log" && grep -q 'my_family\.libbpf' "$tmp/log"
result $? "the runner finds it"
equiv && grep -q '^ok 1 my_family$' "$tmp/log"
result $? "its stages agree"
no_family my_family already
result $? "make new does not write a second family of that name"

# ---- a flavour -------------------------------------------------------------------------------

cp legacy/my_family_kern.c legacy/my_family-other_kern.c
build
result $? "a flavour with another BPF object is built"
equiv && [ "$(grep -c '^ *ok [0-9]* my_family-other\.' "$tmp/log")" = 4 ]
result $? "its stages agree with those of the family"
sed -i 's/event.tid = /event.tid = 1 + /' legacy/my_family-other_kern.c
build && ! equiv && [ "$(grep -c 'not ok [0-9]* my_family-other\.' "$tmp/log")" = 3 ] &&
	[ "$(grep -c 'not ok [0-9]* my_family[.-]' "$tmp/log")" = 3 ]
result $? "its legacy stages load that object, and no other stage does"
rm legacy/my_family-other_kern.c .output/bin/my_family-other[._]*

# ---- another hook ----------------------------------------------------------------------------

awk '/^```sh apply-change$/ { on = 1; next } /^```$/ { on = 0 } on' samples/adding.md >"$tmp/apply.sh"
sh -e "$tmp/apply.sh" >"$tmp/log" 2>&1 && [ -s "$tmp/apply.sh" ] && grep -q task_newtask modern/my_family.bpf.c
result $? "the change in the lesson can be applied"
sed -n 's/^+++ b\///p' samples/adding.md | sort |
	diff - <(grep -v '\.md$\|_report\.h$' "$tmp/said.files") >"$tmp/log"
result $? "the change is in all files but the lesson and a header"
build
result $? "the changed family is built"
equiv && grep -q '^ok 1 my_family$' "$tmp/log"
result $? "the stages of the changed family agree"
cp legacy/my_family_kern.c "$tmp"
sed -i 's/!!//' legacy/my_family_kern.c
build && ! equiv && grep -q '^ *ok [0-9]* my_family.skel$' "$tmp/log" &&
	[ "$(grep -c 'not ok [0-9]* my_family\.' "$tmp/log")" -ge 2 ]
result $? "the legacy stages disagree if !! is taken away in their BPF program, as the lesson says"
cp "$tmp/my_family_kern.c" legacy/
sed -i 's/ctx->clone_flags/((__u64 *)ctx)[24]/' legacy/my_family_kern.c
build; .output/bin/my_family.raw -- true >"$tmp/log" 2>&1
grep -q 'the program reads more than the record of this tracepoint has' "$tmp/log" || [ "$(id -u)" != 0 ]
result $? "a program that reads beyond its tracepoint's record is told so"
cp "$tmp/my_family_kern.c" legacy/
sed -i 's/event->thread = .*/event->thread = 0;/' samples/my_family.c
build && ! equiv && [ "$(grep -c 'not ok [0-9]* my_family\.' "$tmp/log")" -ge 3 ] && grep -q 'differs from what is expected' "$tmp/log"
result $? "the stages disagree with a workload that logs something else than it did"

# ---- what the build refuses ----------------------------------------------------------------------

mv modern/my_family.c modern/my_family.bpf.c "$tmp"
refuses 'my_family: there is a legacy side, but no modern'
result $? "a family without its modern side is refused"
mv "$tmp/my_family.c" "$tmp/my_family.bpf.c" modern
touch legacy/what.c
refuses 'legacy/what.c: no rule builds this'
result $? "a file that no rule builds is refused"
echo "1..$tests"
exit $failed
