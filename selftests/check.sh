#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check.sh - runs tests and says how many passed.
#
#	check.sh			what `make check` runs, see the end
#	check.sh 'COMMAND ...' ...	these; each prints KTAP
#	check.sh -l			what it would run
#
# A test program is not believed for its output alone: an exit status that does
# not fit, fewer results than were planned, or none at all is a failure too.
# The last line is "N passed, N failed" (", N skipped" if there are any), where
# a test is one that has no subtests; a family that is skipped as a whole has
# passed nothing.  After the word "noskip", a COMMAND that skips a test has failed.
# The exit status is 0 if none failed and some passed.
# Environment: OUT, KERNEL, BPFTOOL; JOBS (2) at a time; LIMIT (3600) seconds each; LOGS,
# the directory that what they print goes to (OUT/check).
export LC_ALL=C
case ${1-} in
-h) sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
-l | --one) ;;
-*) echo "check.sh: there is no option $1 (-h says what there is)" >&2; exit 1 ;;
esac
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
OUT=$(mkdir -p "${OUT:-$here/../.output}" && cd "${OUT:-$here/../.output}" && pwd) || exit 1
BIN=$OUT/bin
KERNEL=${KERNEL:-6.1}
LOGS=${LOGS:-$OUT/check}
export OUT BIN KERNEL LOGS

# Reads KTAP; -v status=N is how the program ended, and with -v noskip=1 no test may
# be skipped, but for want of a libbpf 0.x.  Prints the counts, then what is wrong
# beyond "not ok", and the reasons of skips.
count='
function bad(why) { failed++; wrong = wrong "\n  " why }
function close_level(l,    i) {
	if (plan[l] != "" && plan[l] != n[l])
		bad((name[l] ? name[l] ": " : "") n[l] + 0 " results, but " plan[l] " were planned")
	plan[l] = ""; n[l] = 0
}
{
	sub(/\r$/, "")
	match($0, /^ */)
	level = int(RLENGTH / 4)
	text = substr($0, RLENGTH + 1)
}
text ~ /^# Subtest: / { name[level] = substr(text, 12) }
text ~ /^1\.\.[0-9]+/ {
	plan[level] = substr(text, 4) + 0
	if (plan[level] == 0 && text ~ /# *[Ss][Kk][Ii][Pp]/) {
		skipped++
		sub(/^[^#]*# *[A-Za-z]* */, "", text)
		reasons = reasons "\n  skipped: " text
	}
}
text ~ /^(not )?ok / {
	n[level]++
	skip = text ~ /# *[Ss][Kk][Ii][Pp]/
	fail = text ~ /^not /
	if (nested[level + 1]) {
		close_level(level + 1)
		p = P[level + 1]; f = F[level + 1]; s = S[level + 1]
		if (fail && !f)
			f = 1
		if (skip) {
			s += p
			p = 0
		}
		P[level + 1] = F[level + 1] = S[level + 1] = nested[level + 1] = 0
	} else {
		p = !skip && !fail; f = fail; s = skip && !fail
	}
	P[level] += p; F[level] += f; S[level] += s
	nested[level] = 1
	if (skip) {
		sub(/^ok [0-9]* *(- )?/, "", text)
		sub(/ *# *[A-Za-z]* */, ": ", text)
		reasons = reasons "\n  skipped: " text
	}
}
END {
	for (l in n)
		if (l > 0 && n[l])
			bad((name[l] ? name[l] : "a subtest") " has no result of its own")
	close_level(0)
	passed = P[0] + 0; failed += F[0]; skipped += S[0]
	n_reasons = noskip ? split(reasons, reason, "\n") : 0
	for (i = 2; i <= n_reasons; i++)
		if (reason[i] !~ /: no libbpf 0\.x: /)
			bad("may not be" substr(reason[i], 2))
	if (status == 124)
		bad("was ended after " limit " seconds")
	else if (status != 0 && status != 4 && !failed)
		bad("exit status " status ", but no test failed")
	else if (status == 0 && failed && !wrong)
		bad("exit status 0, but tests failed")
	else if (status == 4 && passed)
		bad("exit status 4 (skipped), but tests passed")
	else if (status == 4 && !failed && !skipped) {
		skipped = 1
		reasons = "\n  skipped: " words
	} else if (!passed && !failed && !skipped)
		bad("printed no results")
	print passed + 0, failed + 0, skipped + 0 wrong reasons
}'

# One test program: a line, and what there is to say if it failed.
one() {
	noskip=
	case $1 in "noskip "*) noskip=1; set -- "${1#noskip }" ;; esac
	title=$(echo "$1" | sed 's|[^ ]*/||g')
	log=$LOGS/$(echo "$title" | tr -c 'A-Za-z0-9.\n' _)
	begin=$(date +%s)
	# timeout(1) is a process group of its own, which a ^C does not reach.
	setpriv --pdeathsig TERM timeout -k 10 "${LIMIT:-3600}" env -u LOGS sh -c "$1" \
		>"$log.out" 2>"$log.err" </dev/null
	status=$?
	seconds=$(($(date +%s) - begin))
	awk -v status=$status -v noskip=$noskip -v limit="${LIMIT:-3600}" \
		-v words="$(tail -n 1 "$log.err")" "$count" "$log.out" >"$log.counts"
	read -r passed failed skipped <"$log.counts"
	echo "$passed $failed $skipped" >>"$LOGS/.counts"
	{
		[ "$failed" = 0 ] && mark=ok || mark=FAIL
		[ "$passed $failed" = "0 0" ] && mark=skip
		printf '%-4s  %4d passed  %3d failed  %3d skipped  %4d s  %s\n' \
			$mark "$passed" "$failed" "$skipped" $seconds "$title"
		if [ "$failed" = 0 ]; then
			sed 1d "$log.counts" | sort | uniq
		else
			sed 1d "$log.counts" | grep -v '^  skipped: '
			grep -v '^ *ok \|^ *KTAP\|^ *1\.\.' "$log.out" | head -n 60 | sed 's/^/  | /'
			tail -n 20 "$log.err" | sed 's/^/  ! /'
			echo "  (all of it: $log.out, $log.err)"
		fi
	} >"$log.text"
	cat "$log.text"	# at once, as another may end just now
}

[ "${1-}" = --one ] && {
	one "$2"
	exit
}

# The long ones first.  What breaks the runner or a family on purpose needs a
# kernel, not a certain one: this one if it can, as a guest is slow.  In the guest
# of Debian's 6.1 every variant can run.
if [ $# = 0 ] || [ "$1" = -l ]; then
	list=${1-}
	vm="$here/guest/vm.sh -k $KERNEL"
	noskip=
	[ "$KERNEL" != 6.1 ] || noskip="noskip "
	"$BIN/equiv" -n 10 execmon >/dev/null 2>&1
	if [ $? = 4 ]; then
		set -- "$vm -c 2 -f $here/runner/test_equiv.sh -- test_equiv.sh"
	else
		set -- "$here/runner/test_equiv.sh" "$BIN/equiv -f ktap"
	fi
	set -- "$noskip$vm -c 2 -- noise -- equiv -f ktap" \
		"$noskip$vm -c 1 -- equiv -f ktap" \
		"$here/cases/test_preempt.sh" "$here/guest/test_vm.sh" "$@"
	for test in "$here"/test_*.sh "$here"/*/test_*.sh; do
		case $test in
		*/test_equiv.sh | */test_preempt.sh | */test_vm.sh) ;;
		*) set -- "$@" "$test" ;;
		esac
	done
	[ -z "$list" ] || { printf '%s\n' "$@"; exit; }
fi
began=$(date +%s)
rm -rf "$LOGS"
mkdir -p "$LOGS" && : >"$LOGS/.counts" || exit 1
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-2}" "$0" --one
awk -v programs=$# -v seconds=$(($(date +%s) - began)) '
	{ passed += $1; failed += $2; skipped += $3 }
	END {
		failed += programs - NR		# one that was killed has no counts
		printf "(%d min %d s)\n", seconds / 60, seconds % 60
		printf "%d passed, %d failed", passed, failed
		printf skipped ? ", " skipped " skipped\n" : "\n"
		exit !(passed && !failed)
	}' "$LOGS/.counts"
