#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# matrix.sh - every kernel with every libbpf and bpftool, and what became of it.
#
# A cell is a kernel in a VM of its own, with the suite as one libbpf and one
# bpftool make it, and `equiv` on all families.  What is promised for one pair of
# them often holds on another by luck, so each cell is run, and nothing that a cell
# does ends the others: one that crashes, hangs or does not build is red.  What a
# cell printed is kept, and judged apart (*.awk): --report does only that.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../guest/cache.sh"
[ "${1-}" != --readme ] || unset KERNELS CELLS
KERNELS=${KERNELS:-5.10 6.1 6.12 7.3}
CELLS=${CELLS:-*}
JOBS=${JOBS:-$(nproc)}
LIMIT=${LIMIT:-900}
declare -A running=() built=()

usage() {
	cat <<-END
	usage: matrix.sh            build, run, and report the cells
	       matrix.sh --report   only report those that were run
	       matrix.sh --readme   the same, of all cells, and put the table into
	                            README.md, if none of them is red or missing
	       matrix.sh --list     the cells, and why there are no others

	Environment: KERNELS="5.10 6.1 ..." (versions as vm.sh has them, or paths of
	images); CELLS='6.1/* 7.3/1.8' (patterns of KERNEL/BUILD); JOBS (one per CPU)
	at a time; LIMIT (900) seconds for each; OUT (.output): the result is in
	OUT/matrix, as index.html, matrix.json and matrix.txt.
	Exit status: 0 no cell is red, 1 some are, 4 none could be run.
	END
}

die() { echo "matrix.sh: $*" >&2; exit 1; }

# ---- which cells ----------------------------------------------------------------

# NAME, the kernel trees that its libbpf and its bpftool are from, and what it is.
# The newest is the fourth.  A libbpf 0.x has no skeletons of today: in 0.3, legacy
# is of its day (bpftool, too, which takes SEC("maps")) and modern on 1.1.  Of the
# pairs that do not belong together there are the two ends: what lies between has
# less to disagree on.
builds() {
	cat <<-END
	0.3 6.1 5.10 libbpf 0.3 (legacy) and 1.1 (modern)
	1.1 6.1 6.1 libbpf 1.1
	1.5 6.12 6.12 libbpf 1.5
	1.8 7.3 7.3 libbpf 1.8
	1.1+7.3 6.1 7.3 libbpf 1.1, skeletons by a newer bpftool
	1.8+6.1 7.3 6.1 libbpf 1.8, skeletons by an older bpftool
	END
}

# Lines "KERNEL ARGUMENTS BUILD", or with a reason why it is no cell.  Preemption is
# the kernel's business: one build will do.
plan() {
	local kernel build

	for kernel in $KERNELS; do
		builds | while read -r build _; do
			echo "$kernel - $build"
		done
	done
	for kernel in $KERNELS; do
		builds | while read -r build _; do
			[ "$build" = 1.8 ] && echo "$kernel preempt=full $build" ||
				echo "$kernel preempt=full $build preemption does not depend on libbpf"
		done
	done
}

name_of() {	# KERNEL ARGUMENTS
	local name=${1##*/}

	[ "$2" = - ] || name+=,$2
	echo "$name"
}

chosen() {	# CELL
	local pattern found=1

	set -f
	for pattern in $CELLS; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $1 == $pattern ]] && found=0
	done
	set +f
	return $found
}

# ---- builds -----------------------------------------------------------------------

tree() {	# VERSION: its source
	[ -d "$cache/trees/$1/src" ] || "$here/../tree/test_tree.sh" -p "$1" || return
	[ -d "$cache/trees/$1/src" ]
}

make_build() {	# NAME LIB TOOL
	local dir=$out/$1 lib tool

	tree "$2" && tree "$3" || return
	# Where the Debian of a libbpf 0.x has one, every build has it beside its own.
	LIBBPF0_DIR=$("$here/../guest/fetch.sh" bullseye libbpf-dev) || unset LIBBPF0_DIR
	[ -z "${LIBBPF0_DIR-}" ] || export LIBBPF0_DIR
	if [ "$2" = "$3" ]; then
		MAKEFLAGS=-j$(nproc) "$here/../tree/make.sh" "$cache/trees/$2/src" "$dir" "$dir/bin" all
		return
	fi
	lib=$out/$(of_tree "$2")/tree/bpftool
	export LIBBPF_DIR=$lib/libbpf
	if [ "$1" = 0.3 ]; then
		[ -n "${LIBBPF0_DIR-}" ] || { echo "there is no libbpf 0.3 to be had"; return 1; }
		BPFTOOL=$lib/bpftool MAKEFLAGS=-j$(nproc) \
			"$here/../tree/make.sh" "$cache/trees/$3/src" "$dir" "$dir/bin" all
		return
	fi
	tool=$out/$(of_tree "$3")/tree/bpftool/bpftool
	make -s -j"$(nproc)" -C "$top" OUT="$dir" BPFTOOL="$tool" all &&
		cp -u "$tool" "$dir/bin/bpftool"
}

# The build that is all of one tree.
of_tree() { builds | awk -v tree="$1" '$2 == tree && $3 == tree { print $1 }'; }

# Once, after those that it takes its libbpf and bpftool from.
build() {	# NAME
	local lib tool dep

	[ -z "${built[$1]-}" ] || return 0
	read -r lib tool < <(builds | awk -v name="$1" '$1 == name { print $2, $3 }')
	for dep in $(of_tree "$lib") $(of_tree "$tool"); do
		[ "$dep" = "$1" ] || build "$dep"
	done
	OUT=${out%/*} timeout -k 20 3600 "$0" --build "$1" "$lib" "$tool" >"$out/$1.log" 2>&1 </dev/null &
	running[$!]="build $1"
	reap
	built[$1]=$status
}

# ---- cells ------------------------------------------------------------------------

# In the guest.  What it prints first is the evidence of what it ran on.
# shellcheck disable=SC2016
guest='
preempt=$(cat /sys/kernel/debug/sched/preempt 2>/dev/null ||
	{ grep -q sched_dynamic /proc/kallsyms && echo unknown || echo fixed; })
echo "# $(uname -sr), preempt: $preempt, $(bpftool version | head -n 1)"
case " $(cat /proc/cmdline) $preempt" in
*" preempt=full "*"(full)"*) ;;
*" preempt=full unknown")
	echo "there is no /sys/kernel/debug/sched/preempt to say whether preempt is full" >&2
	exit 1 ;;
*" preempt=full "*)
	echo "this kernel has no preempt=full (CONFIG_PREEMPT_DYNAMIC): preempt is $preempt" >&2
	exit 4 ;;
esac
exec equiv -f ktap'

start() {	# KERNEL ARGUMENTS BUILD
	local cell dir

	cell=$(name_of "$1" "$2")/$3
	dir=$out/cells/$cell
	rm -rf "$dir" && mkdir -p "$dir" || exit 1
	if [ "${built[$3]}" != 0 ]; then
		: >"$dir/out"
		{ echo "matrix.sh: $3 does not build:"; tail -n 20 "$out/$3.log"; } >"$dir/err"
		echo 1 >"$dir/status"
		return
	fi
	[ ${#running[@]} -lt "$JOBS" ] || reap
	# With several guests at a time, one may take its TSC for many times slower than
	# it is, and its clock runs ahead: what waits for 120 s has waited for few.
	timeout -k 20 $((LIMIT * 2)) "$here/../guest/vm.sh" -k "$1" -a "clocksource=hpet ${2#-}" -c 1 \
		-t "$LIMIT" -d "$out/$3/bin" -- sh -c "$guest" >"$dir/out" 2>"$dir/err" </dev/null &
	running[$!]=$cell
}

# Waits for the first that ends, build or cell, and says how.
reap() {
	local pid what

	wait -n -p pid
	status=$?
	what=${running[$pid]}
	unset "running[$pid]"
	[ "${what#build }" != "$what" ] || echo $status >"$out/cells/$what/status"
	printf '%5d s  %-24s status %d\n' $((SECONDS - started)) "$what" $status
}

# timeout(1) passes the signal on, and vm.sh ends its guest.
ended() {
	[ ${#running[@]} = 0 ] || kill -TERM "${!running[@]}" 2>/dev/null
	wait
	exit "$1"
}

# ---- the report -------------------------------------------------------------------

variants() {
	local equiv

	for equiv in "$out"/*/bin/equiv; do
		[ -x "$equiv" ] && "$equiv" -l
	done | awk '/^[^ ]/ { family = $1; next } { print family, $1 }' | sort -u
}

collect() {
	local kernel args build rest lib tool cell dir

	builds | while read -r build lib tool rest; do
		printf -- '-\t%s\t-\t-\tinfo\t%s; bpftool of %s\n' "$build" "$rest" "$tool"
	done
	variants >"$out/variants.new"
	# A test brings its own.
	[ ! -s "$out/variants.new" ] || mv "$out/variants.new" "$out/variants"
	[ -e "$out/variants" ] || : >"$out/variants"
	plan | while read -r kernel args build rest; do
		kernel=$(name_of "$kernel" "$args")
		cell=$kernel/$build
		dir=$out/cells/$cell
		# A cell of what was built since is not known.
		if ! chosen "$cell" || [ ! -s "$dir/status" ] || [ -n "$(find "$out/$build/bin" \
			-newer "$dir/status" -print -quit 2>/dev/null)" ]; then
			printf '%s\t%s\t-\t-\tnone\t%s\n' "$kernel" "$build" "${rest:-not run}"
			continue
		fi
		awk -v kernel="$kernel" -v build="$build" -v status="$(cat "$dir/status")" \
			-f "$here/collect.awk" "$out/variants" "$dir/out" "$dir/err" ||
			printf '%s\t%s\t-\t-\tfail\t%s\n' "$kernel" "$build" "what it printed cannot be read"
	done
}

report() {
	local form

	collect >"$out/collected" && awk -f "$here/judge.awk" "$out/collected" >"$out/results" || exit 1
	for form in text:matrix.txt json:matrix.json html:index.html markdown:matrix.md; do
		awk -v form="${form%:*}" -f "$here/show.awk" "$out/results" >"$out/${form#*:}" || exit 1
	done
	cat "$out/matrix.txt"
	echo "all of it: $out/index.html"
	awk -F'\t' '$5 == "pass" { n++ } $5 == "fail" { exit bad = 1 } END { exit bad ? 1 : n ? 0 : 4 }' \
		"$out/results"
}

readme() {
	awk -F'\t' '$5 == "fail" || ($5 == "none" && $6 == "not run") { exit bad = 1 } END { exit bad }' \
		"$out/results" || die "README.md stays as it is: a cell is red, or was not run"
	# Nor has a kernel, or preemption, been tested where all was skipped.
	awk -F'\t' '$1 != "-" { split($1, part, ","); all[part[1]]; if (part[2]) all[part[2]] }
		$5 == "pass" { ok[part[1]]; if (part[2]) ok[part[2]] }
		END { for (k in all) if (!(k in ok)) exit 1 }' \
		"$out/results" || die "README.md stays as it is: nothing has passed on one of the kernels"
	awk -v table="$out/matrix.md" '
		/^<!-- end of the matrix -->/ { skip = 0; done++ }
		!skip
		/^<!-- the matrix/ { skip = 1; while ((getline line <table) > 0) print line }
		END { exit done != 1 }' "$top/README.md" >"$out/README.new" ||
		die "README.md has no block for the matrix"
	cmp -s "$out/README.new" "$top/README.md" || cp "$out/README.new" "$top/README.md"
}

case ${1-} in
-h | --help) usage; exit ;;
--list)
	plan | while read -r kernel args build rest; do
		cell=$(name_of "$kernel" "$args")/$build
		chosen "$cell" && echo "$cell${rest:+	no cell: $rest}"
	done
	builds | sed 's/^\([^ ]*\) [^ ]* \([^ ]*\) \(.*\)/# \1: \3; bpftool of \2/'
	exit ;;
--report | --readme | --build | '') ;;
*) die "there is no option $1 (-h says what there is)" ;;
esac
[ $# -le 1 ] || [ "$1" = --build ] || die "'$2': $1 takes no arguments (-h says what there is)"
for number in JOBS LIMIT; do
	[[ ${!number} =~ ^[1-9][0-9]*$ ]] || die "$number=${!number} is not a number from 1 on"
done
for kernel in $KERNELS; do
	[[ $kernel != */* || -r $kernel ]] || die "cannot read $kernel: KERNELS has versions, and paths of images"
done
out=$(mkdir -p "${OUT:-$top/.output}/matrix" && cd "${OUT:-$top/.output}/matrix" && pwd) || exit 1
unset OUT BIN BPFTOOL LIBBPF_DIR LIBBPF0_DIR MAKEFLAGS MAKELEVEL
case ${1-} in
--report) report; exit ;;
--readme) report; readme; exit ;;
--build) shift; make_build "$@"; exit ;;
esac

exec 9>"$out/.lock"
flock -n 9 || die "another one runs in $out"
trap 'ended 130' INT
trap 'ended 143' TERM
trap 'ended 129' HUP
started=$SECONDS
cells=$(plan | while read -r kernel args build rest; do
	[ -n "$rest" ] || ! chosen "$(name_of "$kernel" "$args")/$build" || echo "$kernel $args $build"
done)
read -ra patterns <<<"$CELLS"
for pattern in "${patterns[@]}"; do
	any=
	while read -r kernel args build; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $(name_of "$kernel" "$args")/$build != $pattern ]] || any=yes
	done <<<"$cells"
	[ -n "$any" ] || die "no cell is called '$pattern' (matrix.sh --list)"
done
[ -n "$cells" ] || die "no cell is called '$CELLS' (matrix.sh --list)"
twice=$(for kernel in $KERNELS; do name_of "$kernel" -; done | sort | uniq -d)
[ -z "$twice" ] || die "two kernels are called $twice"
while read -r _ _ build; do
	build "$build"
done <<<"$cells"
while read -r kernel args build; do
	start "$kernel" "$args" "$build"
done <<<"$cells"
while [ ${#running[@]} -gt 0 ]; do
	reap
done
echo
report
