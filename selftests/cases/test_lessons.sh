#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_lessons.sh - code in a lesson must stand in the sources.
#
# A fenced block whose first line reads "```c FILE" must occur in FILE, line for
# line, so that a lesson cannot go stale.  A block of C must name a file, since no
# test could check it otherwise.  Every family has a lesson, and every lesson shows
# code of both generations, and how a map is declared in both.  As root, this test
# runs the commands that a lesson tells the reader to type.
. "$(dirname "$0")/../bin.sh"
cd "$(dirname "$0")/../.." || exit 1

# blocks prints "N FILE" for each block of a lesson that quotes a file; block prints the N-th.
blocks()
{
	awk '/^```c [^ ]+$/ { file = $2; n++; print n, file }' "$1"
}
block()
{
	awk -v want="$2" '
		/^```c [^ ]+$/ { n++; if (n == want) { on = 1; next } }
		/^```$/ { on = 0 }
		on' "$1"
}
# Prints all blocks that quote files of DIR: `quotes LESSON DIR`.
quotes()
{
	awk -v dir="^$2/" '
		/^```c [^ ]+$/ { on = $2 ~ dir; next }
		/^```$/ { on = 0 }
		on' "$1"
}
# Prints the fences that begin a block without a kind or without a file.
unlabelled()
{
	awk '!/^```/ { next }
		on { on = 0; next }
		{ on = 1 }
		!/^```(c|sh|diff) [^ ]+$/ { print FNR ": " $0 }' "$1"
}
# Is the text on stdin found in FILE, as whole lines one after the other?
stands_in()
{
	awk 'NR == FNR { want[++n] = $0; next }
		{ have[++m] = $0 }
		END {
			for (i = 1; i + n - 1 <= m; i++) {
				for (j = 1; j <= n && have[i + j - 1] == want[j]; j++)
					;
				if (j > n)
					exit 0
			}
			exit 1
		}' /dev/stdin "$1" 2>/dev/null
}

. selftests/ktap.sh
echo "KTAP version 1"
# The check itself must be able to fail: for a missing line, and for lines that are apart.
printf 'no such line\n' | stands_in Makefile
result $((1 - $?)) "a line that is not in the file is an error"
{ sed -n 1p Makefile; sed -n 3p Makefile; } | stands_in Makefile
result $((1 - $?)) "lines that do not follow each other in the file are an error"
sed -n 2,4p Makefile | stands_in Makefile
result $? "lines that follow each other are found"
# shellcheck disable=SC2016 # no commands in there
[ "$(printf '%s\n' '```c legacy/x.c' x '```' '```' y '```' '```c' z '```' | unlabelled - |
	tr '\n' ' ')" = '4: ``` 7: ```c ' ]
result $? "a block that names no file is an error"

for kern in legacy/*_kern.c; do
	stem=${kern#legacy/}
	stem=${stem%_kern.c}
	lesson=samples/$stem.md
	case $stem in *-*) continue ;; esac
	[ -e "$lesson" ]
	result $? "$stem has a lesson"
	grep -q '^```c legacy/' "$lesson" && grep -q '^```c modern/' "$lesson"
	result $? "$lesson shows both generations"
	quotes "$lesson" legacy | grep -q '^struct bpf_map_def SEC("maps") ' &&
		quotes "$lesson" modern | grep -q ' SEC(".maps");$'
	result $? "$lesson declares a map in both generations"
done
for lesson in samples/*.md README.md; do
	[ -e "$lesson" ] || continue
	[ -z "$(unlabelled "$lesson")" ]
	result $? "$lesson: each block names its file"
	while read -r n file; do
		block "$lesson" "$n" | stands_in "$file"
		result $? "$lesson: block $n stands in $file"
	done < <(blocks "$lesson")
done

# With pins of its own, and with bpffs, tracefs and debugfs not mounted, and all mounted.
what="the commands to type in samples/write_count.md show counts"
pins=/sys/fs/bpf/test_lessons_$$
commands=$(awk '/^```$/ { on = 0 } on; /^```sh by-hand$/ { on = 1 }' samples/write_count.md |
	sed "s|/sys/fs/bpf/wc|$pins|g; s/^sleep 5/(sleep 1; echo) /")
if ! "$bin/write_count.bpftool" -- true >/dev/null 2>&1; then
	skipped "$what" "write_count.bpftool does not run here"
else
	tmp=$(mktemp -d)
	for mounts in none all; do
		(PATH=$PATH:/usr/sbin:/sbin
			top=$PWD
			cd "$bin" && exec "$top/selftests/cases/mounts.sh" $mounts sh -ec "$commands
				[ ! -e $pins ]") >"$tmp/log" 2>&1 && grep -q '^value' "$tmp/log"
		result $? "$what, with $mounts of the three mounted"
	done
	rm -rf "$tmp"
fi
echo "1..$tests"
exit $failed
