#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_btf_header.sh - can BTF be read whatever size struct btf_header has, in the kernel
# headers of the build or in the BTF?
#
# The struct has grown from 24 to 32 bytes in Linux 7.1.  So the code that reads BTF is
# built once more, with a copy of <linux/btf.h> in which the struct has two words more than
# here, and has to do the same.
# Environment: OUT (what was built), CC, CLANG, LIBBPF_CFLAGS, LIBBPF_LIBS.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
. "$here/../bin.sh"
cc=${CC:-cc}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"

build() {	# PROGRAM FLAGS... SOURCE...
	"$cc" -std=gnu11 -O2 -D_GNU_SOURCE -I"$tmp/inc" "${@:2}" ${LIBBPF_CFLAGS-} -o "$tmp/$1"
}

larger() {
	mkdir -p "$tmp/inc/linux"
	printf '#include <linux/btf.h>\n' | $cc -std=gnu11 -E - |
		sed -n 's/^# [0-9]* "\(.*linux\/btf\.h\)".*/\1/p' | head -n 1 >"$tmp/path"
	sed '/^struct btf_header {/,/^};/s/^};/\t__u32 more[2];\n};/' "$(cat "$tmp/path")" \
		>"$tmp/inc/linux/btf.h"
	printf '%s\n' '#include <linux/btf.h>' \
		'_Static_assert(sizeof(struct btf_header) > 24, "the struct is not larger");' |
		$cc -std=gnu11 -I"$tmp/inc" -fsyntax-only -x c -
}

echo "KTAP version 1"
ok "a larger struct btf_header" larger
ok "... btf_find builds with it" build test_btf_find -I"$top/samples/lib" \
	-I"$top/legacy/lib" -I"$here/.." -I"$bin/../samples/lib" "$top/legacy/lib/tests/test_btf_find.c" "$top/legacy/lib/btf_find.c" \
	"$top"/samples/lib/*.c -pthread
for which in "$bin" "$tmp"; do
	as=$([ "$which" = "$tmp" ] && echo ', built with the larger struct')
	ok "btf_find reads any header$as" "$which/test_btf_find"
done
echo "1..$tests"
exit $failed
