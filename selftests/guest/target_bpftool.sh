#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# target_bpftool.sh - runs the bpftool that sysroot.sh has fetched for ARCH, under qemu-user.
#
# It makes skeletons of objects of the other byte order.  Before libbpf 1.5 (Linux 6.13) a
# bpftool cannot open these; that of the target can, as for it they have its own byte order.
here=$(cd "$(dirname "$0")" && pwd)
uname=$("$here/../arch.sh" "${ARCH:?}" uname) && sysroot=$("$here/sysroot.sh" -n "$ARCH") || exit
for qemu in "qemu-$uname-static" "qemu-$uname"; do
	command -v "$qemu" >/dev/null || continue
	[ ! -e "$sysroot/usr/sbin/bpftool" ] ||
		exec "$qemu" -L "$sysroot" "$sysroot/usr/sbin/bpftool" "$@"
	echo "there is none of $ARCH: selftests/guest/sysroot.sh $ARCH fetches it" >&2
	exit 127
done
echo "$qemu is missing, which runs it" >&2
exit 127
