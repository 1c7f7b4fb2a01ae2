#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# batch.sh - makes changed copies of variants, and runs them beside the originals.
#
#	batch.sh BIN PLAN	prints the KTAP of each run, after a line "# run NUMBER"
#
# mutate.py writes the PLAN.  A line of it says that the variant VARIANT-NAME.STAGE is
# VARIANT.STAGE with other bytes (in octal) at the offset AT of FILE, or that all that were
# made so far are to be run:
#
#	change VARIANT STAGE NAME FILE AT BYTES
#	run NUMBER STEM SECONDS
#
# FILE is VARIANT_kern.o, which the copy finds by its own name, or VARIANT.skel itself, in
# which the BPF object is embedded.  This runs in a guest, too, so it is no Python.
bin=$(cd "$1" && pwd) || exit 1
exec <"$2" || exit 1
mkdir -p "$bin/../mutate" && dir=$(mktemp -d "$bin/../mutate/run.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# A pid that is cut to 16 bits is found only if there are larger ones, as systemd allows them.
pids=$(cat /proc/sys/kernel/pid_max)
if [ "$pids" -lt 1000000 ] && echo 4194304 2>/dev/null >/proc/sys/kernel/pid_max; then
	trap 'echo "$pids" >/proc/sys/kernel/pid_max; rm -rf "$dir"' EXIT
fi

# On the same filesystem, so that a copy of a program is a link.
cd "$dir" || exit 1

change() {
	copy=$1-$3.$2
	case $4 in
	*_kern.o)
		[ -e "$copy" ] || ln "$bin/$1.$2" "$copy"
		copy=$1-$3_kern.o
		;;
	esac
	cp "$bin/$4" "$copy" || exit 1
	printf '%b' "$6" | dd of="$copy" bs=1 seek="$5" conv=notrunc 2>/dev/null || exit 1
}

while read -r word number stem seconds more; do
	case $word in
	change)
		# shellcheck disable=SC2086 # its words are arguments
		change "$number" "$stem" "$seconds" $more
		;;
	run)
		for file in "$bin/$stem".workload "$bin/$stem".raw "$bin/$stem"_kern.o "$bin/$stem".skel; do
			[ ! -e "$file" ] || ln "$file" .
		done
		echo "# run $number"
		"$bin/equiv" -d . -f ktap -t "$seconds" "$stem" 2>&1 </dev/null
		rm -f ./*
		;;
	esac
done
echo "# run end"
