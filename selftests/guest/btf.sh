#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# btf.sh - prints the path of a file with the BTF of a guest's kernel, as /sys/kernel/btf/vmlinux.
#
#	btf.sh ARCH KERNEL	as -A and -k of vm.sh have them
#
# vmlinux.h is made of it.  It is cut out of the image of the kernel, or of what the image
# unpacks to; where that is not possible, a guest prints it.  It is kept in the cache.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
. "$here/kernel.sh"

say() { echo "btf.sh: $*" >&2; }
die() { say "$@"; exit 1; }
skip() { say "$@"; exit 4; }

# field N: a word of the header at $at, in the kernel's byte order.
field() { od -An -tu4 --endian=$order -j $((at + $1 * 4)) -N 4 "$from" | tr -d ' '; }

# cut_out FROM TO: writes the BTF in a file to another.  Its header is magic, version and flags,
# then the words hdr_len, type_off, type_len, str_off and str_len, and in kernels of 7.1 and
# later maybe layout_off and layout_len.  The strings begin where the types end.
cut_out() {
	local from=$1 order=little magic='\x9f\xeb\x01\x00[\x18\x20]\x00{7}' at size len part

	[ "$arch" != s390 ] || order=big magic='\xeb\x9f\x01\x00{4}[\x18\x20]\x00{4}'
	size=$(stat -Lc %s "$from")
	for at in $(offsets "$magic" "$from"); do
		[ "$(field 3)" -gt 100000 ] && [ "$(field 3)" -eq "$(field 4)" ] &&
			[ "$(field 5)" -gt 100000 ] || continue
		len=$(($(field 4) + $(field 5)))
		if [ "$(field 1)" -eq 32 ]; then
			part=$(($(field 6) + $(field 7)))
			[ "$len" -ge "$part" ] || len=$part
		fi
		len=$((len + $(field 1)))
		[ $((at + len)) -le "$size" ] || continue
		tail -c +$((at + 1)) "$from" | head -c "$len" >"$2"
		return
	done
	return 1
}

# Prints where a pattern of bytes is in a file.
offsets() { grep -aobP "$1" "$2" | tr -cd '0-9:\n' | cut -d: -f1; }

# The same for an image that unpacks itself: the kernel is where it has the magic of gzip, xz,
# lz4 or zstd.
cut_out_packed() {
	local at

	for at in $(offsets '\x1f\x8b\x08|\xfd7zXZ|\x02!L\x18|\x28\xb5\x2f\xfd' "$image"); do
		unpack "$image" "$at" >"$tmp/unpacked"
		cut_out "$tmp/unpacked" "$1" && return
	done
	return 1
}

case $#:${1-} in
2:*) asked=$1 kernel=$2 ;;
1:-h) sed -n 's/^# \{0,1\}//; 4,9p' "$0"; exit ;;
*) sed -n 's/^# \{0,1\}//; 6p' "$0" >&2; exit 1 ;;
esac
set_arch "$asked"
find_kernel
case $image in
"$packages"/*) file=${image%/*}/btf-$version ;;
*) file=$cache/btf/$(sha256sum <"$image" | cut -c1-32) ;;
esac
if [ ! -s "$file" ]; then
	mkdir -p "${file%/*}" 2>/dev/null && tmp=$(mktemp -d "${file%/*}/.btf.XXXXXX") ||
		die "${file%/*} is not writable: set BPF_EVOLUTION_CACHE"
	trap 'rm -rf "$tmp"' EXIT
	cut_out "$image" "$tmp/btf" || cut_out_packed "$tmp/btf" || {
		mkdir "$tmp/empty"
		"$here/vm.sh" -A "$arch" -k "$image" -d "$tmp/empty" -- \
			gzip -c /sys/kernel/btf/vmlinux >"$tmp/btf.gz" || {
			[ $? = 4 ] && exit 4
			die "no BTF of $version ($arch): see above"
		}
		gzip -d "$tmp/btf.gz" || exit 1
	}
	mv "$tmp/btf" "$file" || die "$file cannot be written"
fi
echo "$file"
