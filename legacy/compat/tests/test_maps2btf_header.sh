#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_maps2btf_header.sh - does maps2btf work with a larger struct btf_header?
#
# The struct has grown from 24 to 32 bytes in Linux 7.1, so it may be larger in the kernel
# headers of the build, and in objects.  So maps2btf is built once more, with a copy of
# <linux/btf.h> in which the struct has two words more, and must write the same.  And it
# converts copies of objects whose header is longer.
# Environment: see lib.sh.
. "$(dirname "$0")/lib.sh"
cc=${CC:-cc}
tools "$bin"/{maps2btf,test_maps2btf}

build() {
	$cc -std=gnu11 -O2 -D_GNU_SOURCE -I"$tmp/inc" "$compat"/maps2btf/*.c ${LIBBPF_CFLAGS-} \
		-o "$tmp/maps2btf" ${LIBBPF_LIBS--lbpf} -lelf -lz
}

larger() {
	mkdir -p "$tmp/inc/linux"
	printf '#include <linux/btf.h>\n' | $cc -std=gnu11 -E - |
		sed -n 's/^# [0-9]* "\(.*linux\/btf\.h\)".*/\1/p' | head -n 1 >"$tmp/path"
	sed '/^struct btf_header {/,/^};/s/^};/\t__u32 more[2];\n};/' "$(cat "$tmp/path")" \
		>"$tmp/inc/linux/btf.h"
	printf '%s\n' '#include <linux/btf.h>' \
		'_Static_assert(sizeof(struct btf_header) > 24, "struct btf_header has not grown");' |
		$cc -std=gnu11 -I"$tmp/inc" -fsyntax-only -x c -
}

converted() {	# MAPS2BTF WHAT NAME: a copy with another header becomes the same as NAME.o
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
	bpf "$compat/fixtures/$name.c" "$tmp/$name.o" -g &&
		"$bin/maps2btf" "$tmp/$name.o" "$tmp/$name.new.o" || exit 1
done

echo "KTAP version 1"
ok "a larger struct btf_header" larger
ok "... maps2btf builds with it" build
for which in "$bin" "$tmp"; do
	as=$([ "$which" = "$tmp" ] && echo ', built with the larger struct')
	for name in $names; do
		"$which/maps2btf" "$tmp/$name.o" "$tmp/out.o"
		ok "$name: maps2btf$as writes the same" cmp "$tmp/out.o" "$tmp/$name.new.o"
		for what in 32 40 layout; do
			ok "$name, header \"$what\": maps2btf$as writes the same" \
				converted "$which/maps2btf" $what $name
		done
	done
done
ok "a header with unknown fields is refused" refused unknown two 'unknown fields in the header'
# maps2btf writes the header that Linux 4.18 reads: 24 bytes.
ok "the header that is written has 24 bytes" sh -c '
	llvm-objcopy --dump-section ".BTF=$1/btf" "$1/two.new.o" "$1/x.o" &&
	[ "$(od -An -tu4 -j4 -N4 "$1/btf" | tr -d " ")" = 24 ]' - "$tmp"
echo "1..$tests"
exit $failed
