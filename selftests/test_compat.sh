#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_compat.sh - does a source written to libbpf 0.x run on libbpf >= 1.0?
#
# The proof is that it is built unmodified, with the two flags that are all
# there is to legacy/compat, and then checks for itself that it gets what it
# got from 0.x.  Environment: OUT (what was built), CC, CLANG, CFLAGS,
# LIBBPF_CFLAGS, LIBBPF_LIBS.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$here/../.output}
compat=$here/../legacy/compat
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

[ -e "$out/libcompat.a" ] || { echo "test_compat: there is no $out/libcompat.a: make first" >&2; exit 4; }
bpf() {	# SOURCE OBJECT
	"${CLANG:-clang}" -O2 -target bpf -I"$compat" ${LIBBPF_CFLAGS-} \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$1" -o "$2"
}
bpf "$here/objects/two.c" "$tmp/two-object.o" &&
bpf "$here/compat/loose_kern.c" "$tmp/loose.o" &&
"${CC:-cc}" ${CFLAGS--O2 -Wall -Wextra -Werror} -I"$compat" ${LIBBPF_CFLAGS-} \
	-o "$tmp/old_user" "$here/compat/old_user.c" \
	"$out/libcompat.a" ${LIBBPF_LIBS--lbpf} -lelf -lz || exit 1
"$tmp/old_user" "$tmp/two-object.o" "$tmp/loose.o"
