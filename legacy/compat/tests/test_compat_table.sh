#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_compat_table.sh - is symbols.tsv true?
#
# Every function in it is declared by the headers, defined by the library and
# called by the test that it names, or says why not; its page is up to date; the
# page's example works; the list is what a libbpf 0.3 has and this one has not; and, with
# LIBBPF_SRC=, a git repository of libbpf with its tags, it is what the libbpf.map
# files of 0.8 and 1.0 make it.
# Environment: see lib.sh, and LIBBPF_SRC.
. "$(dirname "$0")/lib.sh"

rows() { grep -v '^#' "$compat/symbols.tsv"; }

well_formed() {
	rows | awk -F '\t' '
		NF != 9 { print $1 ": " NF " columns"; bad = 1 }
		$7 !~ /^(function|inline|libxdp|none)$/ { print $1 ": how is it there?"; bad = 1 }
		$8 == "-" && $9 == "-" { print $1 ": no test and no reason"; bad = 1 }
		$1 <= last { print $1 ": not in order"; bad = 1 }
		{ last = $1 }
		END { exit bad }'
}

# One program that has a pointer to each: it must compile and link.
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

# What the table calls a function of the library's is one, and it is in there.
in_library() {
	nm -g --defined-only "$out/libcompat.a" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort >"$tmp/has"
	rows | awk -F '\t' '$7 == "function" { print $1 }' | sort >"$tmp/table"
	comm -13 "$tmp/has" "$tmp/table" | sed 's/$/: not in libcompat.a/' | tee "$tmp/missing"
	[ ! -s "$tmp/missing" ]
}

# Without comments and strings, so that only calls and references count.
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

# As the page has it, in a directory where things are where it says they are.
example() {
	local command

	command=$(awk '/^```sh example$/ { on = 1; next } /^```$/ { on = 0 } on' "$compat/README.md")
	[ -n "$command" ] || { echo "the page has no example"; return 1; }
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

# What 0.x declares and has, and this libbpf does not link.  That is all of the table
# that is not newer than that 0.x, whose age is that of the newest function of these.
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
	[ -s "$tmp/gone" ] || { echo "$libbpf0: nothing of it is gone"; return 1; }
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
		rows | cut -f1,2 | sort | comm -23 - "$tmp/then" | sed 's/$/: was it not earlier?/' |
		tee "$tmp/log2" && [ ! -s "$tmp/log2" ]
}

echo "KTAP version 1"
echo 1..10
ok 'the table has 103 functions' [ "$(rows | wc -l)" = 103 ]
ok 'each row is complete' well_formed
ok 'every function is declared, and links' defined
ok 'what is in the library is in the library' in_library
ok 'every test calls what it tests' called
ok 'README.md is that of the table' page
ok 'its example works' example
ok 'bpf/xsk.h is libxdp'\''s, or says so' xsk
if [ "$libbpf0" != none ]; then
	ok 'as far as the libbpf 0.x here goes, the table is what is gone' as_libraries_have
else
	skipped 'as far as the libbpf 0.x here goes, the table is what is gone' \
		'there is none: LIBBPF0_DIR= names one'
fi
if [ -n "${LIBBPF_SRC-}" ]; then
	ok 'the table is what the two libbpf.map say' as_maps_say
else
	skipped 'the table is what the two libbpf.map say' \
		'Debian has 0.3 and then 1.1: for the rows since 0.4, LIBBPF_SRC= names a clone with tags'
fi
exit $failed
