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
field() { od -An -tu4 --endian=$order -j $((at + $1 * 4)) -N 4 "$image" | tr -d ' '; }

# cut_out FILE: writes the BTF of the image to FILE.  Its header is magic, version and flags,
# then the words hdr_len, type_off, type_len, str_off and str_len, and in kernels of 7.1 and
# later layout_off and layout_len.  The strings begin where the types end, and with an empty one.
cut_out() {
	local order=little magic='\x9f\xeb\x01\x00[\x18\x20]\x00{7}' at size len part

	[ "$arch" != s390 ] || order=big magic='\xeb\x9f\x01\x00{4}[\x18\x20]\x00{4}'
	size=$(stat -Lc %s "$image")
	for at in $(grep -aobP "$magic" "$image" | cut -d: -f1 | tr -cd '0-9\n'); do
		[ "$(field 3)" -gt 100000 ] && [ "$(field 3)" -eq "$(field 4)" ] &&
			[ "$(field 5)" -gt 100000 ] || continue
		len=$(($(field 4) + $(field 5)))
		if [ "$(field 1)" -eq 32 ]; then
			part=$(($(field 6) + $(field 7)))
			[ "$len" -ge "$part" ] || len=$part
		fi
		len=$((len + $(field 1)))
		[ $((at + len)) -le "$size" ] || continue
		tail -c +$((at + 1)) "$image" | head -c "$len" >"$1"
		return
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
	mkdir -p "${file%/*}" 2>/dev/null && new=$(mktemp "$file.XXXXXX") ||
		die "${file%/*} is not writable: set BPF_EVOLUTION_CACHE"
	trap 'rm -rf "$new" "$new.d"' EXIT
	mkdir "$new.d"
	cut_out "$new" || {
		"$here/vm.sh" -A "$arch" -k "$image" -d "$new.d" -- gzip -c /sys/kernel/btf/vmlinux |
			gzip -dc >"$new"
		[ "${PIPESTATUS[*]}" = "0 0" ] || die "the kernel $version ($arch) has no BTF"
	}
	chmod 644 "$new"
	mv "$new" "$file" || die "$file cannot be written"
fi
echo "$file"
