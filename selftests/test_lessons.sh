#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_lessons.sh - code in a lesson must stand in the sources.
#
# A fenced block whose first line reads "```c FILE" is checked to occur in FILE,
# line for line, so that a lesson cannot go stale.  Every family has a lesson,
# and every lesson shows code of both generations.
cd "$(dirname "$0")/.." || exit 1

# "N FILE" for each block of a lesson that quotes a file; then the N-th one.
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
# The check itself can fail: a line that is not there, lines that do not touch.
printf 'no such line\n' | stands_in Makefile
result $((1 - $?)) "a line that is not in the file is found out"
{ sed -n 1p Makefile; sed -n 3p Makefile; } | stands_in Makefile
result $((1 - $?)) "lines that do not follow each other are found out"
sed -n 2,4p Makefile | stands_in Makefile
result $? "lines that follow each other are found"

for kern in legacy/*_kern.c; do
	stem=${kern#legacy/}
	stem=${stem%_kern.c}
	lesson=samples/$stem.md
	case $stem in *-*) continue ;; esac
	[ -e "$lesson" ]
	result $? "$stem has a lesson"
	grep -q '^```c legacy/' "$lesson" && grep -q '^```c modern/' "$lesson"
	result $? "$lesson shows both generations"
done
for lesson in samples/*.md README.md; do
	[ -e "$lesson" ] || continue
	while read -r n file; do
		block "$lesson" "$n" | stands_in "$file"
		result $? "$lesson: block $n stands in $file"
	done < <(blocks "$lesson")
done
echo "1..$tests"
exit $failed
