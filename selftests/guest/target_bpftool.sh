#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# target_bpftool.sh - runs the bpftool of the sysroot, SYSROOT, for ARCH under qemu-user.
#
# It makes skeletons of objects of the other byte order.  Before libbpf 1.5 (Linux 6.13) a
# bpftool cannot open these; that of the target can, as for it they have its own byte order.
uname=$("$(dirname "$0")/../arch.sh" "${ARCH:?}" uname) || exit
for qemu in "qemu-$uname-static" "qemu-$uname"; do
	if command -v "$qemu" >/dev/null; then
		exec "$qemu" -L "${SYSROOT:?}" "$SYSROOT/usr/sbin/bpftool" "$@"
	fi
done
echo "$qemu is missing, under which bpftool makes skeletons of another byte order" >&2
exit 127
