#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_compat.sh - does a source written to libbpf 0.x run on libbpf >= 1.0?
#
# The sources are built unmodified, with the two flags that compat needs; then the
# programs check that they get the same as from 0.x.  Where there is a real libbpf 0.x,
# the same sources are built with it and must pass, too: so the checks are right.
# Environment: see lib.sh.
. "$(dirname "$0")/lib.sh"
here=$compat/tests

# on_compat NAME ARGUMENTS...: builds then/NAME.c with compat, and runs it.
on_compat() {
	${CC:-cc} -std=gnu11 ${CFLAGS--O2 -Wall -Wextra -Werror} "${compat_flags[@]}" \
		-o "$tmp/$1" "$here/then/$1.c" "${compat_libs[@]}" && "$tmp/$1" "${@:2}"
}

# on_libbpf0 NAME ARGUMENTS...: the same with libbpf 0.x.
on_libbpf0() {
	${CC:-cc} -std=gnu11 ${CFLAGS--O2 -Wall -Wextra -Werror -Wno-deprecated-declarations} \
		-I"$libbpf0_include" \
		-o "$tmp/$1.0" "$here/then/$1.c" "$libbpf0" -lelf -lz && "$tmp/$1.0" "${@:2}"
}

# The same with compat and an older kernel header.
old_header_user() {
	CFLAGS="-O2 -Wall -Wextra -I$tmp/uapi" on_compat old_user "${objects[@]}"
}

# In C++ the old and the new form of a reused name are overloaded functions.
cxx() {
	cat >"$tmp/cxx.cc" <<-'END'
	#include <bpf/bpf.h>
	#include <bpf/btf.h>
	#include <cstdio>

	static void sample(void *, int, void *, __u32) {}
	static void dump(void *, const char *, va_list) {}

	int main()
	{
		perf_buffer_opts opts = {};
		perf_buffer_raw_opts raw = {};
		btf_dump_opts dump_opts = {};
		bpf_object *obj;
		btf *btf = btf__new_empty();
		int fd;
		bool ok = perf_buffer__new(-1, 8, &opts) != NULL &&
			perf_buffer__new(-1, 8, sample, NULL, NULL, NULL) != NULL &&
			perf_buffer__new_raw(-1, 8, &raw) != NULL &&
			perf_buffer__new_raw(-1, 8, NULL, NULL, NULL, NULL) != NULL &&
			bpf_prog_load("/nonexistent", BPF_PROG_TYPE_XDP, &obj, &fd) < -1 &&
			bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "", NULL, 0, NULL) == -1 &&
			btf__dedup(btf, NULL, NULL) == 0 && btf__dedup(btf, NULL) == 0 &&
			libbpf_get_error(btf_dump__new(btf, NULL, &dump_opts, dump)) == 0 &&
			libbpf_get_error(btf_dump__new(btf, dump, NULL, NULL)) == 0 &&
			bpf_obj_get("/nonexistent") == -1;

		printf("%s 1 both forms of each function, and -1 on error\n", ok ? "ok" : "not ok");
		return !ok;
	}
	END
	"${CXX:-c++}" ${CFLAGS--O2 -Wall -Wextra -Werror} "${compat_flags[@]}" \
		-o "$tmp/cxx" "$tmp/cxx.cc" "${compat_libs[@]}" && "$tmp/cxx" 2>/dev/null
}

# dialect NAME COMPILER FLAGS...: builds dialect.c with compat, and runs it.
dialect() {
	subtest "$1" sh -c 'out=$1 && shift && "$@" && "$out"' - "$tmp/dialect" "${@:2}" \
		-Wall -Wextra -Werror ${LIBBPF_CFLAGS-} -o "$tmp/dialect" \
		"$here/then/dialect.c" -x none "${compat_libs[@]}"
}

# Builds dialect.c with the headers included in each of the usual ways.
dialects() {
	local c="${CC:-cc}" uapi="-I$tmp/uapi" ways name flags

	for ways in "<bpf/bpf.h>:-I$compat/include" "\"bpf.h\":-DQUOTED -I$compat/include/bpf" \
		    "\"bpf.h\", -I for both:-DQUOTED -I$compat/include/bpf -I$compat/include"; do
		name=${ways%%:-*} flags=-${ways#*:-}
		dialect "C of 1989, $name, -pedantic" $c -std=c89 -pedantic $flags
		dialect "C of 1989 with GNU's extensions, $name" $c -std=gnu89 $flags
		dialect "GNU C, $name, -pedantic" $c -pedantic $flags
		dialect "GNU C, $name, an old linux/bpf.h before it" $c $uapi $flags
		dialect "GNU C, $name, an old linux/bpf.h after it" $c $flags $uapi
		dialect "C of 1989, $name, an old linux/bpf.h" $c -std=c89 $uapi $flags
		[ -n "$cxx" ] || continue
		dialect "C++, $name, -pedantic" "$cxx" -x c++ -pedantic -Wno-missing-field-initializers $flags
		dialect "C++, $name, in an extern \"C\"" "$cxx" -x c++ -DWRAPPED \
			-Wno-missing-field-initializers $flags
	done
}

bpf "$compat/fixtures/two.c" "$tmp/two-object.o" &&
bpf "$here/then/loose_kern.c" "$tmp/loose.o" &&
bpf "$compat/fixtures/strings.c" "$tmp/strings.o" &&
bpf "$compat/fixtures/strings.c" "$tmp/constants.o" -g -DDOT_MAPS &&
bpf "$compat/fixtures/text.c" "$tmp/text.o" &&
bpf "$here/then/tc_kern.c" "$tmp/tc.o" -DLAYOUT=9 &&
bpf "$compat/fixtures/extern.c" "$tmp/undefined.o" &&
bpf "$here/then/api_kern.c" "$tmp/api.o" -g || exit 1
cxx=$(command -v "${CXX:-c++}")
objects=("$tmp"/{two-object,loose,strings,constants,text}.o)
echo "KTAP version 1"
subtest 'old_user, compat' on_compat old_user "${objects[@]}"
subtest 'old_api, compat' on_compat old_api "$tmp/api.o" "$tmp/tc.o" "$tmp/undefined.o"
if [ "$libbpf0" = none ]; then
	skipped 'old_user, libbpf 0.x' 'there is none: name one with LIBBPF0_DIR='
	skipped 'old_api, libbpf 0.x' 'there is none: name one with LIBBPF0_DIR='
else
	subtest 'old_user, libbpf 0.x' on_libbpf0 old_user "${objects[@]}"
	subtest 'old_api, libbpf 0.x' on_libbpf0 old_api "$tmp/api.o" "$tmp/tc.o" "$tmp/undefined.o"
fi
if [ -n "$cxx" ]; then
	subtest 'the names that were reused, C++' cxx
else
	skipped 'the names that were reused, C++' "there is no ${CXX:-c++}"
fi
if "$here/then/old_uapi.sh" "$tmp/uapi"; then
	subtest 'old_user, compat, with an old linux/bpf.h' old_header_user
	dialects
else
	result 1 "an old linux/bpf.h can be made of this machine's" /dev/null
fi
echo "1..$tests"
exit $failed
