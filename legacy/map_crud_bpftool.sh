#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# map_crud.bpftool - every operation on every kind of map, by the bpftool command
# line.
#
# Nothing but pins holds the maps, and each step is a process of its own.  The
# steps come from the workload, so that they are written once.  bpftool speaks
# in sentences, and its exit status is an errno only sometimes: the errno is read
# off the end of its message.
# The trap: bytes are given one by one, in the machine's order; `key 1` of a
# 4-byte key is an error, and `key 0 0 0 1` is 16777216.

. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1

about="Does what can be done to maps, by the bpftool command line."
declare -A type key_size value_size entries flags inner
mute=()		# steps that bpftool has no word for

# ---- what a step says, and what came of it ------------------------------------------

# The bytes of a key, after the word: `key 1 0 0 0`, or nothing if there is none.
declare -a key
key_of() {
	local length address

	if [[ $2 == - ]]; then
		key=()
	elif [[ ${type[$1]} == LPM_TRIE ]]; then
		IFS=/ read -r address length <<<"$2"
		# shellcheck disable=SC2206 # four words
		key=(key $length 0 0 0 ${address//./ })
	else
		key=(key $(($2 & 255)) $(($2 >> 8 & 255)) $(($2 >> 16 & 255)) $(($2 >> 24 & 255)))
	fi
}

declare -a value
value_of() {
	case $2 in
	-) value=() ;;
	none) value=(value 255 255 255 255) ;;
	event) value=(value event) ;;
	[0-9]*) value=(value $(($2 & 255)) $(($2 >> 8 & 255)) $(($2 >> 16 & 255)) $(($2 >> 24 & 255))) ;;
	*) value=(value pinned "$maps/$2") ;;
	esac
}

errno_of() {
	case $1 in
	*"No such file or directory"|*"empty map"*) result=ENOENT ;;
	*"File exists"|*"already exists") result=EEXIST ;;
	*"Argument list too long") result=E2BIG ;;
	*"Invalid argument") result=EINVAL ;;
	*"Operation not permitted") result=EPERM ;;
	*"No space left on device") result=ENOSPC ;;
	*"Bad file descriptor") result=EBADF ;;
	*"Device or resource busy") result=EBUSY ;;
	*"Unknown error 524") result=ENOTSUPP ;;
	*) result=${1// /_} ;;
	esac
}

# Runs a command: its line is in $out, and "ok" or the errno in $result.  It is no
# child(), which takes twice as long: it waits for nobody, and there are hundreds.
try() {
	local status

	"$@" >$scratch/out 2>$scratch/err </dev/null
	status=$?
	out=
	read -r out <$scratch/out
	result=ok
	if [[ $out =~ \"error\":\"([^\"]*)\" ]]; then
		errno_of "${BASH_REMATCH[1]}"
	elif ((status)) && [[ $out == null ]]; then
		result=ENOENT	# what lookup says of a key that is not there
	elif ((status)); then
		die "$*: exit status $status: $(reason $status)"
	fi
	[[ $result == ok ]]
}

bpf() { try "$bpftool" -j map "$@"; }

elem() {
	mute+=("$n")
	try "$beside/bpf_elem" "$@"
}

# The number in the bytes after "$1": of a per-CPU map their sum.
number=0
number_of() {
	local rest=$2

	number=0
	while [[ $rest =~ \"$1\":\[\"0x(..)\",\"0x(..)\",\"0x(..)\",\"0x(..)\"(.*) ]]; do
		rest=${BASH_REMATCH[5]}
		number=$((number + 0x${BASH_REMATCH[4]}${BASH_REMATCH[3]}${BASH_REMATCH[2]}${BASH_REMATCH[1]}))
	done
}

# The map with this id: what it is pinned as.
name_of() {
	try "$bpftool" -jf map show "$@" || return
	result=another
	[[ ! $out =~ \"$maps/([a-z_]*)\" ]] || result=${BASH_REMATCH[1]}
}

# The key in the bytes after "$2" of a line, as a step has it.
text=
text_of() {
	number_of "$2" "$3"
	text=$number
	if [[ ${type[$1]} == LPM_TRIE && $3 =~ \"$2\":\[[^]]*\"0x(..)\",\"0x(..)\",\"0x(..)\",\"0x(..)\"\] ]]; then
		printf -v text '%d.%d.%d.%d/%d' 0x"${BASH_REMATCH[1]}" 0x"${BASH_REMATCH[2]}" \
			0x"${BASH_REMATCH[3]}" 0x"${BASH_REMATCH[4]}" "$number"
	fi
}

show_value() {
	number_of value "$2"
	if [[ ${type[$1]} == *_OF_MAPS ]]; then
		name_of id $number
	else
		result=$number
	fi
}

# ---- the steps ------------------------------------------------------------------------

create() {
	local more=()

	((${flags[$1]} == 0)) || more+=(flags "${flags[$1]}")
	[[ ${inner[$1]} == - ]] || more+=(inner_map pinned "$maps/${inner[$1]}")
	bpf create "$maps/$1" type "${type[$1],,}" key "${key_size[$1]}" value "${value_size[$1]}" \
		entries "${entries[$1]}" name "${1:0:15}" "${more[@]}"
}

update() {
	key_of "$1" "$2"
	value_of "$1" "$3"
	case $3,$4 in
	event,any) elem update "$maps/$1" "${key[@]}" "${value[@]}" ;;
	*,both) elem update "$maps/$1" "${key[@]}" "${value[@]}" flags 3 ;;
	*) bpf update pinned "$maps/$1" "${key[@]}" "${value[@]}" "$4" ;;
	esac
}

lookup() {
	key_of "$1" "$2"
	! bpf lookup pinned "$maps/$1" "${key[@]}" || show_value "$1" "$out"
}

take() {
	key_of "$1" "$2"
	if ((${#key[@]})); then
		elem take "$maps/$1" "${key[@]}"
	else
		bpf pop pinned "$maps/$1"
	fi && show_value "$1" "$out"
}

delete() {
	key_of "$1" "$2"
	if ((${#key[@]})); then
		bpf delete pinned "$maps/$1" "${key[@]}"
	else
		elem delete "$maps/$1"
	fi
}

next() {
	key_of "$1" "$2"
	bpf getnext pinned "$maps/$1" "${key[@]}" || return
	text_of "$1" next_key "$out"
	result=$text
}

# Many at once: one process, which ends at the first error.  At the end of the
# file it may take an old errno for one of reading: what was done counts.
batch() {
	local want did=

	mapfile -t want <$scratch/batch
	child "$bpftool" -j batch file $scratch/batch >$scratch/out 2>$scratch/err </dev/null ||
		not_killed "$bpftool" $?
	read -r did <$scratch/out
	if [[ $did =~ \"output\":\{\"error\":\"([^\"]*)\" ]]; then
		errno_of "${BASH_REMATCH[1]}"
	else
		did=${did//'"output":null'/$'\n'}
		did=${did//[^$'\n']/}
		result=ok
		((${#did} == ${#want[@]})) || result=did_${#did}_of_${#want[@]}
	fi
	[[ $result == ok ]]
}

fill() {
	local i dots=

	[[ ${type[$1]} != LPM_TRIE ]] || dots=.0.0.0/8
	for ((i = ${2%-*}; i <= ${2#*-}; i++)); do
		key_of "$1" $i$dots
		value_of "$1" "${3/#-/$((10 * i))}"
		echo map update pinned "$maps/$1" "${key[@]}" "${value[@]}"
	done >$scratch/batch
	batch
}

# bpftool walks, too, but in one process.
read_map() {
	local entry all=

	bpf dump pinned "$maps/$1" || return
	while read -r entry; do
		[[ $entry == \"key\"* ]] || continue
		text_of "$1" key "$entry"
		show_value "$1" "$entry"
		all+=$text:$result$'\n'
	done <<<"${out//'{"key"'/$'\n'\"key\"}"
	must sort -n <<<"${all%$'\n'}" >$scratch/sorted
	result=$(<$scratch/sorted)
	result=${result//$'\n'/,}
	result=${result:-nothing}
}

walk() {
	local at=- visits=0

	while next "$1" $at; do
		at=$result
		visits=$((visits + 1))
		((visits != $2)) || delete "$1" "$at" || return
		((visits < 1000)) || break
	done
	[[ $result != ENOENT ]] || result=$visits
}

drain() {
	local entry count=0

	bpf dump pinned "$maps/$1" || return
	while read -r entry; do
		[[ $entry == \"key\"* ]] || continue
		number_of key "$entry"
		key_of "$1" $number
		echo map delete pinned "$maps/$1" "${key[@]}"
		count=$((count + 1))
	done <<<"${out//'{"key"'/$'\n'\"key\"}" >$scratch/batch
	! batch || result=$count
}

size() {
	local keys

	bpf dump pinned "$maps/$1" || return
	keys=${out//[^k]/}	# of "key"
	result=within
	((${#keys} <= ${entries[$1]})) || result=beyond
}

unpin() {
	child rm "$pins/$1" 2>$scratch/err && result=ok || {
		not_killed rm $?
		errno_of "$(reason)"
	}
}

do_step() {
	case $2 in
	update) update "$1" "$3" "$4" "$5" ;;
	read) read_map "$1" ;;
	freeze) bpf freeze pinned "$maps/$1" ;;
	pin) bpf pin pinned "$maps/$1" "$pins/$3" ;;
	get) name_of pinned "$pins/$3" ;;
	unpin) unpin "$3" ;;
	*) "$2" "$1" "$3" "$4" ;;
	esac
}

show_step() {
	local names=(map op key value flags result) i

	if [[ $format == table ]]; then
		[[ $3 != create ]] || printf '\n%s: %s of %s, key %s, value %s, flags 0x%x\n%8s  %-16s  %-6s  %-14s  %-10s  %-7s  %s\n' \
			"$2" "${type[$2]}" "${entries[$2]}" "${key_size[$2]}" "${value_size[$2]}" \
			"${flags[$2]}" N MAP OP KEY VALUE FLAGS RESULT
		printf '%8d  %-16s  %-6s  %-14s  %-10s  %-7s  %s\n' "$@"
	elif [[ $format == records ]]; then
		printf 'step n=%d map=%s op=%s key=%s value=%s flags=%s result=%s\n' "$@"
	else
		printf '{"kind":"step","n":%d' "$1"
		shift
		for i in "${names[@]}"; do
			printf ',"%s":"%s"' "$i" "$1"
			shift
		done
		echo '}'
	fi
}

nobody=1
observe_init "$@"

for tool in map_crud.workload bpf_elem; do
	[[ -x $beside/$tool ]] || die "cannot run $beside/$tool: build it with make"
done
must mkdir $maps
child "$beside/map_crud.workload" --steps >$scratch/steps || die "map_crud.workload does not say the steps"
exec 7<$scratch/steps
read -ru 7 _ per_round

# The steps of the next round, if there are any; what the runner's "sync" asks for.
read_all() {
	local kind first words step left=$per_round

	while ((left)) && read -ru 7 kind first words; do
		if [[ $kind == step ]]; then
			n=$first
			read -ra step <<<"$words"
			do_step "${step[@]}"
			show_step "$n" "${step[@]}" "$result" >>$scratch/shown_steps
			seen=$n left=$((left - 1))
		else
			read -r "type[$first]" "key_size[$first]" "value_size[$first]" \
				"entries[$first]" "flags[$first]" "inner[$first]" <<<"$words"
		fi
	done
	show_file $scratch/shown_steps
	: >$scratch/shown_steps
	((!left))
}

[[ ! $control ]] || observe_run
# Without a runner there is nothing to wait for.
((seen)) || while read_all; do :; done
if [[ $format == table ]]; then
	{
		printf '\nbpftool has no word for %d of the %d steps; bpf_elem did these:' ${#mute[@]} "$n"
		printf ' %s' "${mute[@]}"
		echo
	} >$scratch/shown_steps
	show_file $scratch/shown_steps
fi
[[ ! $failed ]] || exit 1
exit 0
