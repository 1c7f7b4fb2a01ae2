#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_formats.sh - do a table and JSON say the same as the records, which are all that the runner
# compares?  For each variant three processes observe the same run, one for each format: equiv
# finds them in a directory as if they were flavours, and what they print is kept.  formats.py
# compares it, and says what may differ.  Families that this kernel cannot run are run in a guest.
#
#	OUT=DIR test_formats.sh		root, a built tree; prints KTAP

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

[[ $EUID == 0 ]] || {
	echo "test_formats.sh: needs root: variants load programs into this kernel" >&2
	exit 4
}

# Runs here, or in a guest: `sh -c SCRIPT sh BIN STEM [VARIANT...]`, with few events, so that no
# map evicts entries.  The runner sees no records, and its verdict does not matter.
# shellcheck disable=SC2016 # for that shell
script='bin=$1 stem=$2 dir=$(mktemp -d)
shift 2
mkdir $dir/bin $dir/out
ln -s $bin/$stem.workload $dir/bin
[ $# != 0 ] || set -- $($bin/equiv -l $stem | sed -n "s/^  *\([^ ]*\) .*/\1/p")
for variant; do
	for format in table records json; do
		more=
		[ $format != table ] || more="-v -n 0"
		cat >$dir/bin/$stem-$format${variant#$stem} <<END
#!/bin/sh
for arg; do
	shift
	case \$arg in --format=*) arg=--format=$format ;; esac
	set -- "\$@" "\$arg"
done
exec $bin/$variant "\$@" $more >$dir/out/$variant.$format
END
		chmod 755 $dir/bin/$stem-$format${variant#$stem}
	done
done
$bin/equiv -f ktap -d $dir/bin -n 200 $stem
echo "the outputs:"
tar -C $dir/out -c . | base64
rm -rf $dir'

# Makes files of what was printed.
unpack() {
	rm -rf "$tmp/out"
	mkdir "$tmp/out"
	tr -d '\r' <"$tmp/ran" | sed '1,/^the outputs:/d' | base64 -di 2>/dev/null |
		tar -xC "$tmp/out"
	grep -a '^ *\(not \)\?ok ' "$tmp/ran" >"$tmp/verdicts"
}

echo "KTAP version 1"
for file in "$bin"/*.workload; do
	stem=${file##*/} stem=${stem%.workload}
	timeout 900 sh -c "$script" sh "$bin" "$stem" >"$tmp/ran" 2>&1 </dev/null
	unpack
	find "$tmp/out" -type f -size +0 | grep -q . || {
		"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -- sh -c "$script" sh /suite "$stem" \
			>"$tmp/ran" 2>&1 </dev/null
		unpack
	}
	for json in "$tmp/out"/*.json; do
		variant=${json##*/} variant=${variant%.json}
		why=$(sed -n "s/^ *ok [0-9]* $stem-json${variant#"$stem"} # SKIP //p" "$tmp/verdicts")
		if [[ $why || $variant == '*' ]]; then
			skipped "$variant: three formats" "${why:-$(tail -n 1 "$tmp/ran")}"
			continue
		fi
		python3 "$here/formats.py" "$tmp/out" "$variant" >"$tmp/log" 2>&1
		result $? "$variant: three formats" "$tmp/log"
	done
done
echo "1..$tests"
exit $failed
