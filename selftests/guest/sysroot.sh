#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sysroot.sh - prints the root directory of a system of another architecture: the headers and
# libraries that programs are built with, and the tools of a guest that runs them.
#
#	sysroot.sh ARCH		fetches it if it is not there yet; ARCH as in ../arch.sh
#	sysroot.sh -n ARCH	only prints where it is, or would be
#
# It is made of the packages of this machine's release, so that the cross compiler, which has
# a C library of that release, fits; on other distributions it is Debian 13.  They are
# fetched once, about 150 MB, and unpacked into the cache; nothing is installed.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
print=
[ "${1-}" != -n ] || { print=1; shift; }
debian=$("$here/../arch.sh" "${1:?usage: sysroot.sh [-n] ARCH}" debian) || exit
suite=$(. /etc/os-release; case $ID in debian) echo "${VERSION_CODENAME-}" ;; esac)
suite=${suite:-trixie}
if [ "$print" ]; then
	echo "$cache/$debian/packages/$suite/sysroot"
	exit
fi
exec "$here/fetch.sh" -a "$debian" -r "$suite" sysroot \
	libc6-dev linux-libc-dev libbpf-dev libelf-dev zlib1g-dev \
	bpftool busybox-static bash dash coreutils util-linux mount findutils mawk
