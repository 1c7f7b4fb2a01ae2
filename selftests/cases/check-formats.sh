#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-formats.sh - do a table and JSON say the same as the records, which are all that the runner
# compares?  For each variant three processes observe the same run, one for each format: equiv
# finds them in a directory as if they were flavours, and what they print is kept.  formats.py
# compares it, and says what may differ.  Families that this kernel cannot run are run in a guest.
#
# All stages of a family have the same report, so without ALL=1 only skel is tried.
#
#	[ALL=1] OUT=DIR check-formats.sh		root, a built tree; prints KTAP

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

[[ $EUID == 0 ]] || {
	echo "check-formats.sh: needs root: variants load programs into this kernel" >&2
	exit 4
}

stages='[.]skel'
[[ ! ${ALL-} ]] || stages=
# Runs here, or in a guest: `sh -c SCRIPT sh BIN STEM [VARIANT...]`, with few events, so that no
# map evicts entries.  The runner sees no records, and its verdict does not matter.
# shellcheck disable=SC2016 # for that shell
script="stages='$stages'"'
bin=$1 stem=$2 dir=$(mktemp -d)
shift 2
mkdir $dir/bin $dir/out
ln -s $bin/$stem.workload $dir/bin
[ $# != 0 ] || set -- $($bin/equiv -l $stem | sed -n "s/^  *\([^ ]*$stages\) .*/\1/p")
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
$bin/equiv -1 -f ktap -d $dir/bin -n 200 $stem
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

# Can it fail?  A variant is built with a fault in what shows its facts: NAME|FILE|SED|WORDS.
stem=execmon
mkdir "$tmp/tree" "$tmp/mutant"
cp -r "$top"/{Makefile,selftests} "$tmp/tree"
for dir in samples legacy modern; do
	mkdir "$tmp/tree/$dir"
	cp -r "$top/$dir"/{lib,"$stem"*} "$tmp/tree/$dir"
done
cp -r "$top/legacy/compat" "$tmp/tree/legacy"
ln -s "$bin/equiv" "$bin/$stem.workload" "$tmp/mutant"
cp "$bin/${stem}_kern.o" "$tmp/mutant"
while IFS='|' read -r name file how words; do
	sed "$how" "$top/$file" >"$tmp/tree/$file"
	{ [[ ! $how ]] || ! cmp "$top/$file" "$tmp/tree/$file"; } >"$tmp/log" &&
		MAKEFLAGS='' make -C "$tmp/tree" OUT="$tmp/built" VMLINUX_H="$bin/../modern/vmlinux.h" \
			WERROR='' -j2 "$tmp/built/bin/$stem.raw" >"$tmp/log" 2>&1 &&
		cp "$tmp/built/bin/$stem.raw" "$tmp/mutant" &&
		sh -c "$script" sh "$tmp/mutant" "$stem" "$stem.raw" >"$tmp/ran" 2>&1 </dev/null &&
		unpack && ! python3 "$here/formats.py" "$tmp/out" "$stem.raw" >"$tmp/log" 2>&1 &&
		grep -q "$words" "$tmp/log"
	result $? "a variant that $name is red" "$tmp/log"
	cp "$top/$file" "$tmp/tree/$file"
done <<'END'
shows another field in a column|samples/lib/report.c|s/ = cell_text(f);/ = cell_text(f == fields ? f + 1 : f);/|the table lacks: exec
leaves out the last row|samples/lib/report.c|s/ : table.nr;/ : table.nr - 1;/|the table lacks: count
shows a row twice|samples/lib/report.c|s/^\t\tput_columns(kind, fields);/& put_columns(kind, fields);/|a row that JSON lacks
shows a byte of a table in another way|samples/lib/report.c|s/"..x%02x"/"\\\\%03o"/|the table lacks: exec
escapes a byte of JSON in a wrong way|samples/lib/report.c|s/udc%02x/u00%02x/|a record that JSON lacks: exec
leaves a field out of JSON|samples/lib/report.c|/^static void put_json_fields/,/^}/s/f = fields;/f = fields + 1;/|
has two fields exchanged in JSON|samples/execmon_report.c|s/DEC("pid", event->pid)/DEC("pid", report_format == REPORT_JSON ? event->ppid : event->pid)/|a record that JSON lacks: exec
END
echo "1..$tests"
exit $failed
