#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_btf_header.sh - does it matter how large struct btf_header is, in the kernel
# headers of the build or in what is read?
#
# It has grown from 24 to 32 bytes in Linux 7.1.  So readers and writers of BTF are built
# once more, with a copy of <linux/btf.h> in which the struct has two words more than
# here, and have to do the same.
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
		'_Static_assert(sizeof(struct btf_header) > 24, "it is as it was");' |
		$cc -std=gnu11 -I"$tmp/inc" -fsyntax-only -x c -
}

converted() {	# MAPS2BTF WHAT NAME: a copy with another header comes out as NAME.o did
	"$bin/test_maps2btf" --header "$2" "$tmp/$3.o" >"$tmp/in.o" &&
		! cmp -s "$tmp/in.o" "$tmp/$3.o" && "$1" "$tmp/in.o" "$tmp/out.o" &&
		cmp "$tmp/out.o" "$tmp/$3.new.o"
}

refused() {	# WHAT NAME WHY
	"$bin/test_maps2btf" --header "$1" "$tmp/$2.o" >"$tmp/in.o" &&
		! "$bin/maps2btf" "$tmp/in.o" "$tmp/none.o" && [ ! -e "$tmp/none.o" ] &&
		grep -q "$3" "$tmp/log"
}

names='two both static subprogram'
for name in $names; do
	${CLANG:-clang} -std=gnu11 -O2 -target bpf -g -I"$top/legacy/compat/include" ${LIBBPF_CFLAGS-} \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$top/legacy/compat/fixtures/$name.c" \
		-o "$tmp/$name.o" && "$bin/maps2btf" "$tmp/$name.o" "$tmp/$name.new.o" || exit 1
done

echo "KTAP version 1"
ok "a larger struct btf_header" larger
compat=$top/legacy/compat
ok "... maps2btf builds with it" build maps2btf \
	"$compat"/maps2btf/*.c ${LIBBPF_LIBS--lbpf} -lelf -lz
ok "... btf_find builds with it" build test_btf_find -I"$top/samples/lib" \
	-I"$top/legacy/lib" -I"$here/.." "$top/legacy/lib/tests/test_btf_find.c" "$top/legacy/lib/btf_find.c" \
	"$top"/samples/lib/*.c -pthread
for which in "$bin" "$tmp"; do
	as=$([ "$which" = "$tmp" ] && echo ', built with the larger struct')
	ok "btf_find reads any header$as" "$which/test_btf_find"
	for name in $names; do
		"$which/maps2btf" "$tmp/$name.o" "$tmp/out.o"
		ok "$name: maps2btf$as writes the same" cmp "$tmp/out.o" "$tmp/$name.new.o"
		for what in 32 40 layout; do
			ok "$name, header \"$what\": maps2btf$as writes the same" \
				converted "$which/maps2btf" $what $name
		done
	done
done
ok "a header with what nobody knows is refused" refused unknown two 'fields that are not known'
# What is written is what Linux 4.18 reads: its header has 24 bytes, and nothing follows.
ok "the header that is written has 24 bytes" sh -c '
	llvm-objcopy --dump-section ".BTF=$1/btf" "$1/two.new.o" "$1/x.o" &&
	[ "$(od -An -tu4 -j4 -N4 "$1/btf" | tr -d " ")" = 24 ]' - "$tmp"
echo "1..$tests"
exit $failed
