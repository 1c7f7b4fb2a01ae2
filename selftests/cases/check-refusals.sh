#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-refusals.sh - does every variant of every family fail as it should?  A variant that
# fails and ends with status 0 would be green.  Each refusal is a row of a table, and each
# variant, found by its file, a column: it has to end with the right status and one line that has
# the cause, print no records, and leave nothing behind.  test_refusals.sh has more causes, for a
# few variants.
#
# Without ALL=1, the stages libbpf0 and bpftool and flavours are left out, to save time.
#
#	[ALL=1] OUT=DIR check-refusals.sh	root, a built tree; prints KTAP

. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"
. "$(dirname "$0")/check-leaks.sh"

[[ $EUID == 0 ]] && unshare --mount true 2>/dev/null || {
	echo "check-refusals.sh: needs root and mount namespaces" >&2
	exit 4
}

# ---- which variants there are, and what each needs -------------------------------------------

observes() { [[ $("$bin/$1" -h 2>/dev/null) == *"-- COMMAND"* ]]; }
has_object() { [[ $1 != *skel && -e $bin/${1%.*}_kern.o ]]; }
has_ring() { [[ $1 != *bpftool && $("$bin/$1" -h 2>/dev/null) == *--ring=* ]]; }
# The programs of a skeleton may be at hooks that are not in tracefs.
has_tracefs() { [[ $1 != *skel ]] && observes "$1"; }
any() { :; }

# ---- the refusals ----------------------------------------------------------------------------

# NAME#WHO#STATUS#WORDS#SETUP: after SETUP, in a mount namespace, each variant for which WHO is
# true ends with STATUS and a line that has WORDS.  $dir has copies of all programs.
table() {
	cat <<-'END'
	no permission#any#4#CAP_BPF is missing#run="setpriv --bounding-set=-sys_admin,-bpf"
	no object#has_object#1#_kern#rm -f $dir/*_kern*.o
	no hook#has_tracefs#[14]#tracepoint|tracefs|cannot attach to .*: No such file#for at in /sys/kernel/tracing /sys/kernel/debug; do mount -t tmpfs none $at || exit; mkdir -p $at/events $at/tracing/events; done
	a ring that is too small#has_ring#1#lost [0-9]+ of [0-9]+ records; the last error: (ENOSPC|EAGAIN), the buffer was full#more="--ring=$(getconf PAGESIZE)"
	END
}

# What a variant observes: it cannot read its ring while events come.
cat >"$tmp/storm" <<-'END'
	#!/bin/sh
	kill -STOP $PPID
	"$1" -n 3000 >/dev/null
	kill -CONT $PPID
END
chmod 755 "$tmp/storm"

# Runs a variant of $dir after SETUP: `try SETUP VARIANT`.
# shellcheck disable=SC2016 # for the shell in the namespace
try() {
	local command=()

	! observes "$2" || command=(-- "$tmp/storm" "$tmp/bin/${2%%[.-]*}.workload")
	env dir="$tmp/bin" "$mark" unshare --mount sh -c "run= more=; $1
		exec timeout -k 5 300 \$run \$dir/\$0 -f records \$more \"\$@\"" "$2" "${command[@]}" \
		>"$tmp/out" 2>"$tmp/err" </dev/null
}

# Prints what is wrong with how a variant has ended: `wrong STATUS VARIANT WANTED WORDS`.
wrong() {
	# shellcheck disable=SC2053 # a pattern
	[[ $1 == $3 ]] || echo "$2: status $1, not $3"
	# One line, and perhaps lines of libbpf; what is lost may come after another warning.
	[[ $4 == lost* || $(grep -vc '^libbpf' "$tmp/err") == 1 ]] || echo "$2: $(grep -vc '^libbpf' "$tmp/err") lines"
	tail -n 1 "$tmp/err" | grep -Eq "^$2: .*($4)" || echo "$2: $(tail -n 1 "$tmp/err")"
	# A ring that loses records does not lose all.
	[[ $4 == lost* || ! -s $tmp/out ]] || echo "$2: prints $(head -n 1 "$tmp/out")"
}

variants=()
for file in "$bin"/*.workload; do
	stem=${file##*/} stem=${stem%.workload}
	for file in "$bin/$stem"[.-]*; do
		case $file in *.workload | *.o) continue ;; esac
		case ${ALL-}$file in "$bin"/*-*.* | "$bin"/*.libbpf0 | "$bin"/*.bpftool) continue ;; esac
		"$file" -h >/dev/null 2>&1 && variants+=("${file##*/}")
	done
done

echo "KTAP version 1"
# A variant that cannot run here says why before it comes to what is tried.
declare -A unable
for variant in "${variants[@]}"; do
	command=()
	! observes "$variant" || command=(-- true)
	timeout -k 5 300 "$bin/$variant" -f records "${command[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? != 4 ]] || unable[$variant]=$(tail -n 1 "$tmp/err")
done
while IFS='#' read -r name who status words setup; do
	rm -rf "$tmp/bin"
	mkdir "$tmp/bin"
	cp "$bin"/* "$tmp/bin"
	chmod 755 "$tmp" "$tmp/bin"
	tried=0
	: >"$tmp/why"
	for variant in "${variants[@]}"; do
		$who "$variant" || continue
		[[ $who == any || ! ${unable[$variant]-} ]] || continue
		try "$setup" "$variant"
		wrong $? "$variant" "$status" "$words" >>"$tmp/why"
		tried=$((tried + 1))
	done
	! left >>"$tmp/why"
	[[ ! -s $tmp/why && $tried -gt 0 ]]
	result $? "$name, $tried variants" "$tmp/why"
done < <(table)

# Can it fail?  The first of them has a fault.
while IFS='#' read -r name words does; do
	variant=${variants[0]}
	printf '#!/bin/sh\n%s\n' "${does//VARIANT/$bin/$variant}" >"$tmp/bin/$variant"
	try 'run="setpriv --bounding-set=-sys_admin,-bpf"' "$variant"
	wrong $? "$variant" 4 "CAP_BPF is missing" >"$tmp/why"
	{ [[ $words ]] && grep -q "$words" "$tmp/why"; } || [[ ! $words && ! -s $tmp/why ]]
	result $? "a variant that $name" "$tmp/why" "$tmp/err"
done <<'END'
is not changed is as it should be##VARIANT "$@"
ends with status 0 is not#: status 0, not 4#VARIANT "$@"; exit 0
says nothing is not#: 0 lines#VARIANT "$@" 2>/dev/null
says more than the reason is not#: 2 lines#echo what now >&2; VARIANT "$@"
gives another reason is not#: no such thing#echo VARIANT: no such thing >&2; exit 4
prints a record is not#: prints exec pid=1#echo exec pid=1; VARIANT "$@"
END
echo "1..$tests"
exit $failed
