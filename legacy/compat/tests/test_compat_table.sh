#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_compat_table.sh - is symbols.tsv true?
#
# Each function of the table is declared by the headers, defined by the library and called
# by the test that its row names, or its row says why not.  README.md, which is made from
# the table, is up to date, and its example works.  The table has the functions that a
# libbpf 0.3 has and the installed one does not.  If LIBBPF_SRC= names a git repository of
# libbpf with its tags, the table is compared with libbpf.map of 0.8 and of 1.0.
# Environment: see lib.sh, and LIBBPF_SRC.
. "$(dirname "$0")/lib.sh"

rows() { grep -v '^#' "$compat/symbols.tsv"; }

well_formed() {
	rows | awk -F '\t' '
		NF != 9 { print $1 ": " NF " columns"; bad = 1 }
		$7 !~ /^(function|inline|libxdp|none)$/ { print $1 ": unknown word in column \"how\""; bad = 1 }
		$8 == "-" && $9 == "-" { print $1 ": no test and no reason"; bad = 1 }
		$1 <= last { print $1 ": not in order"; bad = 1 }
		{ last = $1 }
		END { exit bad }'
}

# A program that has a pointer to each function must compile and link.
defined() {
	{
		printf '#include <bpf/%s.h>\n' bpf btf libbpf
		echo 'const void *functions[] = {'
		rows | awk -F '\t' '$7 == "function" || $7 == "inline" { print "\t(const void *)" $1 "," }'
		echo '};'
		echo 'int main(void) { return !functions[0]; }'
	} >"$tmp/all.c"
	${CC:-cc} -std=gnu11 ${CFLAGS--Wall -Werror} "${compat_flags[@]}" -o "$tmp/all" "$tmp/all.c" \
		"${compat_libs[@]}"
}

# Each row with "function" in column "how" is a function of libcompat.a.
in_library() {
	nm -g --defined-only "$out/libcompat.a" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort >"$tmp/has"
	rows | awk -F '\t' '$7 == "function" { print $1 }' | sort >"$tmp/table"
	comm -13 "$tmp/has" "$tmp/table" | sed 's/$/: not in libcompat.a/' | tee "$tmp/missing"
	[ ! -s "$tmp/missing" ]
}

# Comments and strings are removed first, so that only calls and references count.
called() {
	local symbol test name missing=0

	while IFS=$'\t' read -r symbol _ _ _ _ _ _ test _; do
		[ "$test" != - ] || continue
		name=$symbol
		[ "${test#*:}" = "$test" ] || name=${test#*:}
		[ -e "$tmp/${test%%:*}.code" ] ||
			${CC:-cc} -std=gnu11 -fpreprocessed -dD -E -P -x c "$compat/tests/then/${test%%:*}.c" |
				sed 's/"[^"]*"//g' >"$tmp/${test%%:*}.code"
		grep -qw "$name" "$tmp/${test%%:*}.code" && continue
		echo "$symbol: ${test%%:*}.c does not call $name()"
		missing=1
	done < <(rows)
	return $missing
}

page() { "$compat/readme.sh" | diff - "$compat/README.md"; }

# Runs the example of README.md, in a directory with the paths that the example names.
example() {
	local command

	command=$(awk '/^```sh example$/ { on = 1; next } /^```$/ { on = 0 } on' "$compat/README.md")
	[ -n "$command" ] || { echo "README.md has no example: begin one with \`\`\`sh example"; return 1; }
	mkdir "$tmp/tree" && ln -s "$compat"/* "$tmp/tree" &&
		ln -s "$out" "$tmp/tree/.output" && cd "$tmp/tree" || return 1
	command="${CC:-cc} ${CFLAGS-} ${command#cc } ${LIBBPF_CFLAGS-}"
	[ -z "${LIBBPF_LIBS-}" ] || command=${command/-lbpf/$LIBBPF_LIBS}
	echo "$command"
	$command && [ -x old_user ]
}

xsk() {
	if echo '#include <bpf/xsk.h>' | ${CC:-cc} -std=gnu11 "${compat_flags[@]}" -E - 2>&1 >"$tmp/xsk"; then
		grep -q 'xdp/xsk.h' "$tmp/xsk"
	else
		grep -q 'error.*libxdp' "$tmp/log"
	fi
}

# The functions that libbpf 0.x declares and defines, and that do not link with the
# installed libbpf, are the rows of the table that are not newer than this 0.x.  Its
# version is taken from the newest of these functions.
# (X_v0_0_4 is X, for programs that are linked with the X of 0.0.4.)
as_libraries_have() {
	local last

	nm -g --defined-only "$libbpf0" 2>/dev/null | awk '$2 == "T" { print $3 }' |
		grep -xF -f - <(grep -oh '[a-z_0-9]*' "$libbpf0_include"/bpf/*.h) |
		grep -v '_v[0-9_]*$' | sort -u >"$tmp/then"
	{
		sed 's/.*/void &(void);/' "$tmp/then"
		echo 'int main(void)'
		echo '{'
		sed 's/$/();/' "$tmp/then"
		echo '}'
	} >"$tmp/then.c"
	${CC:-cc} -std=gnu11 -w -o "$tmp/then.out" "$tmp/then.c" ${LIBBPF_LIBS--lbpf} -lelf -lz 2>&1 |
		sed -n 's/.*undefined reference to [^a-z]*\([a-z_0-9]*\).*/\1/p' |
		sort -u | comm -12 - "$tmp/then" >"$tmp/gone"
	[ -s "$tmp/gone" ] || { echo "$libbpf0: the installed libbpf has all of its functions"; return 1; }
	last=$(rows | cut -f1,2 | sort | join -t $'\t' "$tmp/gone" - | cut -f2 | sort -V | tail -n 1)
	rows | cut -f1,2 | while IFS=$'\t' read -r symbol since; do
		[ "$(printf '%s\n' "$since" "$last" | sort -V | tail -n 1)" != "$last" ] || echo "$symbol"
	done | sort | diff "$tmp/gone" -
}

exported() {	# TAG
	git -C "$LIBBPF_SRC" show "$1:src/libbpf.map" |
		awk '/^LIBBPF_/ { v = substr($1, 8) } /^[ \t]*[a-z_0-9]+;/ { sub(/;.*/, "", $1); print $1 "\t" v }' |
		sort -u
}

as_maps_say() {
	exported v0.8.0 >"$tmp/then" && exported v1.0.0 | cut -f1 | sort -u >"$tmp/now" &&
		cut -f1 "$tmp/then" | sort -u | comm -23 - "$tmp/now" >"$tmp/gone" || return 1
	[ -s "$tmp/gone" ] || { echo "$LIBBPF_SRC has no tags v0.8.0 and v1.0.0"; return 1; }
	rows | cut -f1 | sort | diff "$tmp/gone" - &&
		rows | cut -f1,2 | sort | comm -23 - "$tmp/then" | sed 's/$/: libbpf.map has another version in column \"since\"/' |
		tee "$tmp/log2" && [ ! -s "$tmp/log2" ]
}

echo "KTAP version 1"
echo 1..10
ok 'the table has 103 rows' [ "$(rows | wc -l)" = 103 ]
ok 'each row is complete' well_formed
ok 'every function is declared, and links' defined
ok 'libcompat.a defines every row that says so' in_library
ok 'every test calls the functions that it tests' called
ok 'README.md is what readme.sh writes' page
ok 'its example works' example
ok 'bpf/xsk.h includes that of libxdp, or stops with an error' xsk
if [ "$libbpf0" != none ]; then
	ok 'the table has what the libbpf 0.x has and the installed one has not' as_libraries_have
else
	skipped 'the table has what the libbpf 0.x has and the installed one has not' \
		'there is no libbpf 0.x: name one with LIBBPF0_DIR='
fi
if [ -n "${LIBBPF_SRC-}" ]; then
	ok 'the table agrees with the two libbpf.map files' as_maps_say
else
	skipped 'the table agrees with the two libbpf.map files' \
		'for rows newer than 0.3, name a clone of libbpf with tags with LIBBPF_SRC='
fi
exit $failed
