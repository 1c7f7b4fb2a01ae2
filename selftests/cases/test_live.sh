#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_live.sh - checks what a person sees of a variant that observes all processes.
#
# Each stage of each family runs without a COMMAND beside a worker with an odd
# name, until its output has what it must have: tables that are refreshed, events,
# rates.  Then a SIGINT ends it, and the test checks what it wrote: headings, units,
# the top two rows, JSON, and on a terminal that the screen is cleared.  Nothing is
# timed; what does not come within LIMIT seconds is missing.  Families that this
# kernel cannot run are run in a guest.
#
#	OUT=DIR test_live.sh [FAMILY...]	root, a built tree; prints KTAP
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
helpers=$here/..
[[ -e $helpers/ktap.sh ]] || helpers=$here	# in a guest, where all is in one directory
. "$helpers/bin.sh"
limit=${LIMIT:-900}
tmp=$(mktemp -d) || exit 1
. "$helpers/ktap.sh"
. "$here/check-leaks.sh"
worker='' noise='' guest='' pids=()
# shellcheck disable=SC2317 # called by the trap
clean()
{
	kill -KILL ${worker:+"$worker"} ${noise:+"$noise"} ${guest:+"$guest"} "${pids[@]}" 2>/dev/null
	rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP
mkfifo "$tmp/nap" && exec {quiet}<>"$tmp/nap"
nap() { read -rt 0.1 -u "$quiet" _; }

stages="raw libbpf skel bpftool"
families=("$@")
[[ $# -gt 0 ]] || for file in "$bin"/*.workload; do
	file=${file##*/}
	families+=("${file%.workload}")
done

# ---- what there must be to see ------------------------------------------------------

# What a column of a table may contain; without {n}, which not every awk knows.
n='[0-9]+'
size='([0-9][0-9]?[0-9]?[0-9]?B|[0-9]+([.][0-9])?[KMGT]iB)'
time='([0-9][0-9]?[0-9]?[0-9]?([.][0-9])?[num]?s)'

# Sets for a family: what it shows live; each heading, the form of a row below it, and what at
# least one row must have; and the heading of the table that is shown only at the end.
expect()
{
	shows='' headings=() rows=() must=() last='' once='[.]/once-'
	case $1 in
	write_count)
		shows=pages
		headings=("CALLS +BYTES +(LARGEST +)?PID +COMM")
		rows=("$n +$size +($size +)?$n +[^ ].*")
		must=("[KMG]iB") ;;
	lru_cache)
		shows=pages
		headings=("CALLS +ASKED +PID +FD +FILE")
		rows=("$n +$size +$n +$n +[^ ].*")
		must=("[KMG]iB") ;;
	syscall_count)
		shows=pages
		headings=("ENTERS +EXITS +MEASURED +TOTAL +(MIN +)?AVG +(MAX +)?NAME")
		rows=("$n +$n +$n +$time +($time +)?$time +($time +)?[a-z][a-z0-9_]*")
		must=("[0-9][um]s ") ;;
	file_opens)
		shows=pages
		headings=("OPENS +PID +FIRST_AGO +LAST_AGO +COMM" "OPENS +NAME")
		rows=("$n +$n +$time +$time +[^ ].*" "$n +[^ ]?.*")
		must=("[0-9]m?s " .) ;;
	execmon)
		shows=events
		headings=("PID +PPID +UID +COMM +FILE")
		rows=("$n +$n +$n +[^ ].*")
		last="EXECS +COMM" ;;
	exitmon)
		shows=events once=once-
		headings=("PID +TID +COMM")
		rows=("$n +$n +[^ ].*") ;;
	file_events)
		shows=events
		headings=("PID +TID +UID +COMM +.*FILE")
		rows=("$n +$n +$n +[^ ].* O_|$n +$n +$n +[^ ].* 0x") ;;
	trace_output)
		shows=rates
		headings=("PID +TID +COOKIE")
		rows=("$n +$n +0x123456789abcdef0") ;;
	esac
}

# A name with all kinds of odd characters, and how it must be shown in tables and in JSON.
odd=$'a"b\\c\nd\xff'
odd_table='a"b\x5cc\x0ad\xff'
odd_json='a\"b\\c\u000ad\udcff'

# One object with names, numbers and strings; JSON allows more.
utf8=$'[\302-\337][\200-\277]|[\340-\357][\200-\277][\200-\277]|[\360-\364][\200-\277][\200-\277][\200-\277]'
text='"([] !#-[^-~]|'$'\177|'$utf8'|\\["\\/bfnrt]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])*"'
json="^[{]\"kind\":\"[a-z]+\"(,\"[a-z_]+\":(-?(0|[1-9][0-9]*)|$text))*[}]\$"

# The worker, and the file it writes to, have the odd name; it writes, opens and execs.
# shellcheck disable=SC2016 # for the worker
work='exec >"./$0.out" 4<>nap
printf -v line %0200d 0
while :; do
	for ((i = 0; i < 10; i++)); do
		echo $line || exit
	done
	: <"./$0"
	("./$0" -c "echo >/dev/null")
	read -rt 0.05 -u 4 _
done'

# Adds what run $1 has written since the last time, without the events of other processes: on a
# busy machine these are so many that searching them again and again would take all the time.
take()
{
	tail -c "+$((taken[$1] + 1))" "$tmp/$1.out" >"$tmp/new"
	# What is being written may have no end yet.
	[[ $ended || $(tail -c 1 "$tmp/new") == "" ]] || sed -i '$d' "$tmp/new"
	taken[$1]=$((taken[$1] + $(stat -c %s "$tmp/new")))
	if [[ $shows == events ]]; then
		ROW="^ *(${rows[0]})|^[{].*\"pid\":" ONCE="${once}[0-9]" ODD=$odd_table ODD_JSON=$odd_json awk '
			$0 !~ ENVIRON["ROW"] || $0 ~ ENVIRON["ONCE"] || index($0, ENVIRON["ODD"]) ||
				index($0, ENVIRON["ODD_JSON"])' "$tmp/new"
	else
		cat "$tmp/new"
	fi >>"$tmp/$1.own"
}

# Prints what is wrong with what run $1 wrote, or is still missing; nothing if all is there.
judge()
{
	take "$1"
	case ${how[$1]} in
	json) judge_json "$tmp/$1.own" ;;
	tty) judge_tty "$tmp/$1.own" ;;
	*) judge_text "${how[$1]}" "$tmp/$1.own" ;;
	esac
	[[ ${how[$1]} == tty ]] || ! grep -aq $'\033' "$tmp/$1.out" ||
		echo "there are escape sequences, and it is no terminal"
	[[ $shows != events ]] || judge_once "$1"
}

judge_text()
{
	HEADINGS=$(printf '%s\n' "${headings[@]}" "${last:-none}") ROWS=$(printf '%s\n' "${rows[@]}") \
		MUST=$(printf '%s\n' "${must[@]}") ODD=$odd_table \
	awk -v how="$1" -v shows="$shows" -v last="$last" -v ended="$ended" '
	BEGIN {
		tables = split(ENVIRON["HEADINGS"], heading, "\n")
		split(ENVIRON["ROWS"], row, "\n")
		split(ENVIRON["MUST"], must, "\n")
		row[tables] = "[0-9]+ +[^ ]?.*"		# of what is shown at the end
		for (i = 1; i <= tables; i++) {
			heading[i] = "^ *" heading[i] "$"
			row[i] = "^ *(" row[i] ")"
		}
	}
	function close_table()
	{
		if (at && !streams && rows > 2)
			print "table " at " has " rows " rows, and -n is 2"
		at = 0
	}
	/^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]$/ { close_table(); times++; next }
	/^ *[0-9]+ events\/s +[0-9]+ events +[0-9]+ lost$/ {
		close_table()
		if (rates++ && $3 > rate)
			rising++
		rate = $3
		next
	}
	/^[0-9]+ events, [0-9]+ lost$/ { close_table(); sums++; next }
	/^Observing everybody; \^C ends[.]$/ { close_table(); seen[1] = 0; said++; next }
	{
		for (i = 1; i <= tables; i++)
			if ($0 ~ heading[i]) {
				close_table()
				at = i
				streams = shows != "pages" && i == 1
				rows = 0
				seen[i]++
				next
			}
	}
	at && /^[.][.][.] and [1-9][0-9]* more [(]-n 0 shows all[)]$/ {
		if (rows == 2)
			full[at]++
		close_table()
		next
	}
	at && $0 ~ row[at] {
		rows++
		if (streams)
			events++
		if (must[at] != "" && $0 ~ must[at])
			units[at]++
		if (index($0, ENVIRON["ODD"]))
			odds++
		next
	}
	at { close_table() }
	END {
		close_table()
		if (said != 1)
			print "it does not say exactly once what it observes"
		if (shows == "pages") {
			if (times < 2)
				print "no two lines with the time"
			for (i = 1; i < tables; i++) {
				if (full[i] < 2)
					print "table " i " was not shown twice with two rows and how many more there are"
				if (!units[i])
					print "table " i " has no row with " must[i]
				if (ended && seen[i] < 3)
					print "table " i " is not shown at the end"
			}
		}
		if (shows == "events") {
			if (!events)
				print "no event yet"
			if (seen[1] > 1)
				print "the heading of events was printed " seen[1] " times"
			if (!odds)
				print "no event with the name " ENVIRON["ODD"]
			if (ended && last != "" && full[tables] != 1)
				print "no table at the end, of two rows and how many more there are"
		}
		if (shows == "rates") {
			if (how == "table" && !rising)
				print "no two lines of events/s, with more events in the second"
			if (!rates)
				print "no events/s"
			if (how == "table" && events + seen[1])
				print "it shows records, without -v"
			if (how == "verbose" && !events)
				print "no record, with -v"
			if (ended && sums != 1)
				print "the last line does not say how many events there were"
		}
	}' "$2"
}

judge_json()
{
	local whole=$tmp/whole

	# What is being written may have no end yet.
	if [[ $ended ]]; then cp "$1" "$whole"; else sed '$d' "$1" >"$whole"; fi
	! grep -aEv -m 1 "$json" "$whole" || echo "this line is no JSON, or has no kind"
	[[ ! -s $1 || ! $ended || $(tail -c 1 "$1") == "" ]] || echo "the last line has no end"
	[[ -s $whole ]] || echo "no line yet"
	if [[ $shows == pages ]]; then
		awk -v ended="$ended" '
		/^[{]"kind":"refresh"/ {
			pages++
			if ($0 !~ "^[{]\"kind\":\"refresh\",\"refresh\":" pages ",\"unix_ms\":[0-9]+,.")
				print "page " pages " has another number: " $0
			if (facts == 0)
				print "page " pages " is empty"
			facts = 0
			next
		}
		{ facts++ }
		END {
			if (pages < 2 + ended)
				print "no page " 2 + ended
			if (ended && facts)
				print "it does not end with a page"
		}' "$whole"
	elif grep -aq '"kind":"refresh"' "$whole"; then
		echo "it has a refresh, but shows no table"
	fi
	case $family in
	syscall_count) set -- '"name":"openat"' '"name":"write"' ;;
	write_count) set -- "\"comm\":\"$odd_json\"" ;;
	lru_cache) set -- "/$odd_json.out\"" ;;
	file_opens) set -- "\"comm\":\"$odd_json\"" "\"name\":\"./$odd_json\"" ;;
	exitmon) set -- "\"comm\":\"$odd_json\"" ;;
	execmon | file_events) set -- "\"comm\":\"$odd_json\"" "\"file\":\"./$odd_json\"" ;;
	trace_output) set -- '"cookie":"0x123456789abcdef0"' ;;
	*) set -- ;;
	esac
	while [[ $# -gt 0 ]]; do
		grep -aqF -e "$1" "$whole" || echo "nothing with $1"
		shift
	done
}

# A page begins with the escape sequences that clear the screen, and the time.
judge_tty()
{
	local pages

	pages=$(grep -ac $'^\033\[H\033\[J[0-9][0-9]:[0-9][0-9]:[0-9][0-9]' "$1")
	((pages >= 2)) || echo "the screen was cleared $pages times, and not twice"
}

# Each of the $deeds must be exactly one record, if none is lost.
judge_once()
{
	ONCE="${once}[0-9]+(\"|\$)" awk -v deeds="$deeds" -v ended="$ended" -v lost="$lost" '
	/"kind":"count"|^ *EXECS +COMM/ { exit }	# what follows is a table
	match($0, ENVIRON["ONCE"]) {
		deed = substr($0, RSTART, RLENGTH)
		gsub(/[^0-9]/, "", deed)
		seen[deed + 0]++
	}
	END {
		for (i in seen) {
			if (seen[i] > 1)
				print "once-" i " is there " seen[i] " times"
			different++
		}
		if (different < 3)
			print "fewer than three of the deeds were printed"
		for (i = 1; ended && !lost && i <= deeds; i++)
			if (!seen[i])
				print "once-" i " is missing"
	}' "$tmp/$1.own"
}

# Opens a file and executes it, with a name that is used only once.
deed()
{
	deeds=$((deeds + 1))
	ln -s /bin/true "$tmp/once-$deeds"
	(cd "$tmp" && : <"./once-$deeds" && ./once-$deeds) >/dev/null 2>&1
}

# ---- running it ------------------------------------------------------------------

# start HOW VARIANT OPTION...: starts a run beside the others, which does not ignore SIGINT, as
# a shell would let it do after `&`.
start()
{
	local run=${#pids[@]} in

	how[run]=$1 variant[run]=$2 said[run]=$*
	taken[run]=0
	: >"$tmp/$run.out"
	: >"$tmp/$run.own"
	if [[ $1 == tty ]]; then
		mkfifo "$tmp/$run.in" && exec {in}<>"$tmp/$run.in"
		keys[run]=$in
		SHELL=/bin/sh env --default-signal=INT "$mark" \
			script -qec "exec '$bin/$2' ${*:3}" /dev/null \
			<"$tmp/$run.in" >"$tmp/$run.out" 2>"$tmp/$run.err" &
	else
		env --default-signal=INT "$mark" "$bin/$2" "${@:3}" \
			</dev/null >"$tmp/$run.out" 2>"$tmp/$run.err" &
	fi
	pids[run]=$!
}

runs() { kill -0 "${pids[$1]}" 2>/dev/null; }

# Waits until all runs have written what they must, or have ended, or LIMIT has passed.
await()
{
	local run waits began deadline=$((SECONDS + limit)) settled=()

	while
		waits='' began=yes
		for run in "${!pids[@]}"; do
			[[ ! ${settled[run]-} ]] || continue
			judge "$run" >"$tmp/$run.why"
			if [[ ! -s $tmp/$run.why ]] || ! runs "$run"; then
				settled[run]=yes
				continue
			fi
			waits=yes
			! grep -Eq '^no (event|line) yet' "$tmp/$run.why" || began=
		done
		[[ $waits ]] && ((SECONDS < deadline))
	do
		# Ten at a time, since some are lost on a busy machine.
		[[ ! $began || $shows != events ]] || for _ in {1..10}; do deed; done
		nap
	done
}

# Sends ^C to all runs, and waits for their end.
finish()
{
	local run deadline=$((SECONDS + limit))

	for run in "${!pids[@]}"; do
		early[run]=
		runs "$run" || early[run]=yes
		if [[ ${keys[run]-} ]]; then
			printf '\003' >&"${keys[run]}"
		else
			kill -INT "${pids[run]}" 2>/dev/null
		fi
	done
	for run in "${!pids[@]}"; do
		while runs "$run" && ((SECONDS < deadline)); do nap; done
		! runs "$run" || {
			echo "a SIGINT does not end it within $limit s" >>"$tmp/$run.why"
			kill -KILL "${pids[run]}"
		}
		wait "${pids[run]}" 2>/dev/null
		status[run]=$?
		[[ ! ${keys[run]-} ]] || { run=${keys[run]} && exec {run}>&-; }
	done
}

# Waits for all runs that were started, ends them, and prints their results.
together()
{
	local run name why

	ended='' lost='' deeds=0
	await
	finish
	ended=1
	for run in "${!pids[@]}"; do
		name="${variant[run]}: ${names[${how[run]}]}"
		why=$tmp/$run.why
		if [[ ${early[run]} ]]; then
			# On a terminal stderr is there, too.
			read -r reason < <(cat "$tmp/$run".{err,out} | tr -d '\r' | tail -n 1)
			[[ ${status[run]} != 4 ]] || { skipped "$name" "$reason"; continue; }
			echo "it ended early, with status ${status[run]}" >>"$why"
		fi
		# All processes are observed: their events may be too many, and then it says so.
		cat "$tmp/$run".{err,out} >"$tmp/said"
		lost=$(grep -aE 'lost [1-9][0-9]* of [0-9]+ |skipped [1-9][0-9]* runs' "$tmp/said")
		case ${status[run]} in
		0) ;;
		1) [[ $lost ]] || echo "status 1, and nothing is lost" >>"$why" ;;
		*) echo "status ${status[run]}" >>"$why" ;;
		esac
		judge "$run" >>"$why"
		[[ ! -s $why ]]
		bad=$?
		{
			[[ $bad == 0 ]] || echo "${said[run]}; the end of what it wrote:"
			tail -n 12 "$tmp/$run".{err,out} | cat -v
		} >>"$why"
		result $bad "$name" "$why"
	done
	rm -f "$tmp"/once-* "$tmp"/[0-9]*.*
	pids=() keys=()
}

declare -A names=(
	[pages]="tables of the top two, again and again"
	[events]="each event once, when it comes"
	[rates]="events per second, and how many were lost"
	[verbose]="each record, with -v"
	[json]="JSON, with any characters in a name"
	[tty]="a terminal is cleared for each table"
)
declare -a how variant said keys status early taken

family()
{
	local stage some=()

	for stage in $stages; do
		[[ ! -x $bin/$family.$stage ]] || some+=("$family.$stage")
	done
	expect "$family"
	[[ $shows ]] || {
		"$bin/${some[0]}" -h | grep -q 'until ^C' || {
			skipped "$family, live" "it observes nobody"
			return
		}
		# This test knows nothing of such a family, and checks only that it ends.
		shows=unknown
	}
	# It must show events among the many of a busy machine.
	[[ $shows != events ]] || { "$bin/noise" <&"$quiet" & noise=$!; }
	names[table]=${names[$shows]-"it ends"}
	for stage in "${some[@]}"; do
		start table "$stage" -i 1 -n 2
	done
	if [[ $shows == rates ]]; then
		# A record that one run writes is an event of the other, which writes that: so only
		# one runs at a time.
		together
		for stage in "${some[@]}"; do
			start verbose "$stage" -i 1 -v
			together
			case $stage in
			*.skel | *.bpftool)
				start json "$stage" -i 1 --json
				together ;;
			esac
		done
		return
	fi
	for stage in "${some[@]}"; do
		start json "$stage" --interval=1 --json
	done
	[[ $shows != pages ]] || for stage in "${some[@]}"; do
		case $stage in
		*.skel | *.bpftool)
			if command -v script >/dev/null; then
				start tty "$stage" -i 1 -n 2
			else
				skipped "$stage: ${names[tty]}" "there is no script (package bsdutils)"
			fi ;;
		esac
	done
	together
}

# Invalid options: one line, status 1, and it has observed nothing.
refusals()
{
	local stage option

	for stage in $stages; do
		[[ -x $bin/$family.$stage ]] || continue
		: >"$tmp/log"
		for option in "-i 0" "-i x" "-i -1" "-n -1" "-n 1x" --format=xml --top=; do
			# shellcheck disable=SC2086 # two words
			timeout -k 5 "$limit" env "$mark" "$bin/$family.$stage" $option \
				>"$tmp/out" 2>"$tmp/err" </dev/null
			bad=$?
			[[ $bad == 1 && ! -s $tmp/out && $(wc -l <"$tmp/err") == 1 &&
				$(<"$tmp/err") == "$family.$stage: "* ]] || {
				echo "$option: status $bad"
				cat "$tmp/out" "$tmp/err"
			} >>"$tmp/log"
		done
		[[ ! -s $tmp/log ]]
		result $? "$family.$stage: refuses an invalid interval, number and format"
	done
}

# Does $json match valid lines, and no invalid ones?
# shellcheck disable=SC2317 # called by ok
knows_json()
{
	local line

	for line in '{"kind":"a"}' '{"kind":"a","b":-1,"c_d":"x\"\\\udcff y]["}' \
		$'{"kind":"a","b":"\303\251\177"}'; do
		[[ $line =~ $json ]] || { echo "refused: $line"; return 1; }
	done
	for line in '{}' '{"kind":"a"' '{"kind":"a"}}' '{"kind":"a",}' '{"kind":"a","b":01}' \
		'{"kind":"a","b":}' '{"kind":"a","b":"""}' '{"kind":"a","b":"\x41"}' '[{"kind":"a"}]' \
		'{"kind":"a","b":"\"}' $'{"kind":"a","b":"\t"}' $'{"kind":"a","b":"\xff"}' ''; do
		[[ ! $line =~ $json ]] || { echo "taken: $line"; return 1; }
	done
}

# ---- what can run where ------------------------------------------------------------

# A family runs here if one of its variants does.
able=() unable=()
for family in "${families[@]}"; do
	for stage in skel raw; do
		timeout -k 5 "$limit" "$bin/$family.$stage" -n 1 -f records -- true \
			>/dev/null 2>"$tmp/$family.$stage.err" </dev/null
		echo $? >"$tmp/$family.$stage.status"
	done &
done
wait
for family in "${families[@]}"; do
	if cat "$tmp/$family".*.status | grep -qv '^4$'; then
		able+=("$family")
	else
		unable+=("$family")
	fi
done
# The others run meanwhile in a guest, which skips those that cannot run there either.
if [[ ${#unable[@]} -gt 0 && -x $here/../guest/vm.sh ]]; then
	"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -d "$bin" -f "$0" -f "$here/check-leaks.sh" \
		-f "$here/../ktap.sh" -f "$here/../bin.sh" -- \
		env BIN=/suite LIMIT=$((2 * limit)) bash ./test_live.sh "${unable[@]}" \
		>"$tmp/guest" 2>"$tmp/guest.err" &
	guest=$!
fi

echo "KTAP version 1"
ok "lines that are not JSON are found" knows_json
ln -s "$(command -v bash)" "$tmp/$odd"
(cd "$tmp" && exec env "$mark" "./$odd" -c "$work" "$odd") 2>/dev/null &
worker=$!

for family in "${able[@]}"; do
	refusals
	family
	[[ ! $noise ]] || { kill -KILL "$noise"; wait "$noise"; } 2>/dev/null
	noise=
done
{ kill -KILL "$worker"; wait "$worker"; } 2>/dev/null
worker=
! left >"$tmp/log"
result $? "nothing is left"

if [[ $guest ]]; then
	wait "$guest"
	bad=$?
	guest=
	if [[ $bad == 4 ]]; then
		skipped "${unable[*]}: in a guest" "$(tail -n 1 "$tmp/guest.err")"
	else
		echo "    # Subtest: in a guest"
		grep -v '^KTAP' "$tmp/guest" | sed 's/^/    /'
		result $bad "${unable[*]}: in a guest" "$tmp/guest.err"
	fi
else
	for family in "${unable[@]}"; do
		skipped "$family" "$(tail -n 1 "$tmp/$family.skel.err")"
	done
fi
echo "1..$tests"
exit $failed
