#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_style.sh - is all C here as checkpatch.pl --strict wants it?
#
# checkpatch.pl is that of the newest tree, if it is in the cache.  It is made for kernel code,
# but this is user space and BPF: the rules that do not apply here are listed below with a
# reason, type by type and as narrowly as possible.  An exception that nothing needs any more
# is a failure.
# Environment: BPF_EVOLUTION_CACHE, CHECKPATCH.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/cache.sh"

# TYPE FILES-AND-MESSAGES (a regular expression) reason
exceptions() {
	grep -v '^#' <<-'END'
	# The kernel has these, but not user space and BPF programs.
	PREFER_KERNEL_TYPES . user space has no u32, and uint32_t is the C library's
	PREFER_DEFINED_ATTRIBUTE_MACRO . __printf() and its like are of its compiler headers
	ARRAY_SIZE . ditto, of its array_size.h
	BIT_MACRO . ditto, of its bits.h
	STRCPY . ditto, strscpy()
	VOLATILE ^modern/ libbpf's read-only globals are const volatile
	VOLATILE ^legacy/write_count-cas_kern a counter that the loop must read anew
	VOLATILE ^(samples/file_events|selftests/cases/kills|samples/lib/observe).[ch] a flag that a signal handler sets
	VOLATILE ^legacy/lib/tests/test_detached.c memory that a BPF program writes
	VOLATILE ^legacy/compat/tests/test_maps2btf.c bytes that are read for the time it takes
	VOLATILE ^legacy/compat/(fixtures/strings|tests/then/loose_kern).c a global of a BPF program
	# Names of other projects.
	CAMELCASE <G?Elf libelf's and elf.h's
	CAMELCASE <PRI inttypes.h's
	CAMELCASE <_Pragma> C's
	CAMELCASE <LLVMFuzzer libFuzzer's
	AVOID_EXTERNS ^legacy/compat/tests/kernel-samples/isoc23.c stands in for functions of the C library
	AVOID_EXTERNS ^legacy/compat/tests/then/dialect.c C++ has extern "C"
	AVOID_EXTERNS ^legacy/compat/fixtures/ objects as one may find them
	# The API that compat declares is libbpf's.
	SPACING ^legacy/compat/include/bpf/ bit-fields without a name, _Generic and __has_include
	TABSTOP ^legacy/compat/include/bpf/btf.h _Generic
	INLINE ^legacy/compat/include/bpf/ inline is no word of C89
	SPDX_LICENSE_TAG ^legacy/compat/tests/then/dialect.c nor has it comments with //
	ENOSYS ^samples/lib/permission.c a kernel without bpf(2), or a filter that says so
	USE_NEGATIVE_ERRNO ^samples/lib/command.c the errno of execve(2), for strerror(3)
	TRAILING_STATEMENTS ^legacy/compat/include/bpf/btf.h ditto
	LINE_SPACING ^legacy/compat/include/bpf/libbpf.h __last_field belongs to the struct above
	LONG_LINE ^(legacy/compat/include/bpf/xsk.h|samples/lib/(observe|permission).c) the text of an error
	FUNCTION_ARGUMENTS ^legacy/compat/include/bpf/ COMPAT_THEN() is a part of a name
	PARENTHESIS_ALIGNMENT ^legacy/compat/ LIBBPF_OPTS() is a declaration with its initializers
	# Macros that are not expressions, or whose arguments are names.
	COMPLEX_MACRO . several initializers, instructions, or a loop head
	MACRO_ARG_REUSE . ditto
	MACRO_ARG_UNUSED ^samples/map_crud(_report)?.c the table has a column that this reader needs not
	LINE_SPACING ^samples/map_crud #undef goes with the table that it ends
	LINE_SPACING ^samples/file_events.c the number of members goes with its array
	# Words that checkpatch.pl takes for something else.
	EMBEDDED_FUNCTION_NAME . a word in a message that happens to be a function, too
	REPEATED_WORD ^legacy/compat/fixtures/ two programs are expected
	REPEATED_WORD ^(selftests/runner/equiv|samples/lib/observe).c mount -t proc proc
	STATIC_CONST_CHAR_ARRAY . argv of execve()
	INITIALISED_STATIC ^legacy/lib/tests/test_elf_load.c the function is static, not what it sets
	QUOTED_WHITESPACE_BEFORE_NEWLINE ^samples/file_events.c a name that is odd on purpose
	QUOTED_WHITESPACE_BEFORE_NEWLINE ^samples/lib/command.c characters that end a word
	LONG_LINE_STRING . a message is not broken, so that it is found
	END
}

checkpatch=${CHECKPATCH:-$cache/trees/7.3/src/scripts/checkpatch.pl}
skip() { echo "1..0 # SKIP $*"; echo "test_style.sh: $*" >&2; exit 4; }
command -v perl >/dev/null || skip "there is no perl, which checkpatch.pl needs"
[ -r "$checkpatch" ] || skip "there is no $checkpatch (selftests/tree/test_tree.sh -p 7.3 fetches it)"

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
exceptions >"$tmp/exceptions"
# It runs in a temporary directory, since checkpatch.pl leaves a list of CamelCase words there.
mkdir "$tmp/at" && cd "$tmp/at" && ln -s "$here"/../../{samples,legacy,modern,selftests} . || exit 1
find -L samples legacy modern selftests -name '*.[ch]' | sort >"$tmp/files"
# Each process has an output file of its own: in a shared one, lines would be mixed.
xargs -P 2 -n 80 sh -c 'found=$1 checkpatch=$2; shift 2
	perl "$checkpatch" --strict --root="${checkpatch%/scripts/*}" --no-summary --terse \
		--show-types -f "$@" >"$found.$$"' sh "$tmp/found" "$checkpatch" \
	<"$tmp/files" 2>"$tmp/err"
cat "$tmp"/found.* >"$tmp/found"
grep -q . "$tmp/err" && { cat "$tmp/err" >&2; exit 1; }

awk -v files="$(wc -l <"$tmp/files")" '
NR == FNR { type[++n] = $1; what[n] = $2; next }
{
	found++
	for (i = 1; i <= n; i++)
		if (index($2, ":" type[i] ":") && $0 ~ what[i]) {
			used[i]++
			next
		}
	wrong = wrong "# " $0 "\n"
}
END {
	for (i = 1; i <= n; i++)
		if (!used[i])
			stale = stale "# " type[i] " " what[i] "\n"
	print "KTAP version 1\n1..2"
	print (wrong ? "not " : "") "ok 1 - checkpatch.pl --strict, " files + 0 " files"
	printf "%s", wrong
	print (stale ? "not " : "") "ok 2 - no exception is stale"
	printf "%s", stale
	exit wrong || stale
}' "$tmp/exceptions" "$tmp/found"
