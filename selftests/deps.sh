#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# deps.sh - installs what building and testing needs, on Debian 12 or newer.
#
# `make deps` runs it on a machine that may have nothing but git and make.  It
# looks for the programs and headers themselves rather than for packages, so
# that a compiler or libbpf of one's own counts; says what it installs and
# why; and does nothing, not even ask for root, when nothing is missing.
set -u

say() { echo "deps.sh: $*" >&2; }

# A package, how to see that it is there, and what it is for.
table() {
	cat <<-END
	gcc		cc				compiles the user side
	libc6-dev	/usr/include/stdio.h		headers of the C library
	linux-libc-dev	/usr/include/linux/bpf.h	the kernel's headers for user space
	clang		clang				compiles BPF programs
	llvm		llvm-strip			takes debug sections out of them
	bpftool		bpftool				makes skeletons; a stage of every family
	libbpf-dev	/usr/include/bpf/libbpf.h	the libbpf and skel stages
	libelf-dev	/usr/include/libelf.h		the raw stage and maps2btf read ELF
	zlib1g-dev	/usr/include/zlib.h		libelf and libbpf need it
	pkg-config	pkg-config			finds libbpf
	$qemu		$emulator		boots the test kernels
	busybox-static	busybox				user space of the guest
	cpio		cpio				packs it
	lld		ld.lld				links kernel trees that are built with LLVM=1
	iproute2	tc				loads converted objects; the guest's networks
	flex		flex				a kernel tree takes it
	bison		bison				ditto
	bc		bc				ditto
	rsync		rsync				ditto, for kselftest
	perl		perl				ditto
	python3		python3				ditto
	lz4		lz4				unpacks kernels once, not at every boot
	zstd		zstd				ditto, of other kernels
	xz-utils	xz				ditto
	debian-archive-keyring	/usr/share/keyrings/debian-archive-keyring.gpg	checks fetched kernels
	END
}

case $(uname -m) in
x86_64) qemu=qemu-system-x86 emulator=qemu-system-x86_64 ;;
*) qemu=qemu-system-misc emulator=qemu-system-$(uname -m) ;;
esac

there() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
	esac
}

missing=$(table | while read -r package probe why; do
	there "$probe" || echo "$package $why"
done)
if [ -z "$missing" ]; then
	say "nothing is missing"
	exit 0
fi

say "missing here:"
echo "$missing" | while read -r package why; do
	printf '  %-24s %s\n' "$package" "$why" >&2
done
packages=$(echo "$missing" | cut -d' ' -f1)

id=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}")
case " $id " in
*" debian "*) ;;
*)
	say "this is not Debian: install the like of these packages by hand"
	exit 4
	;;
esac
command -v apt-get >/dev/null || { say "apt-get is missing: install these packages by hand"; exit 4; }
root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		say "neither root nor sudo: as root, run apt-get install" $packages
		exit 4
	}
	root=sudo
fi

get() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@" >&2
}

# The lists may be absent or older than the archive; then once more with new ones.
if ! apt-get -s -qq --no-install-recommends install $packages >/dev/null 2>&1 ||
   ! get install $packages; then
	say "reading the package lists anew"
	get update && get install $packages || {
		say "apt-get failed: see above"
		exit 1
	}
fi

# An installed package that did not bring what was looked for helps nobody.
table | while read -r package probe why; do
	there "$probe" || { say "$package is installed, but $probe is still missing"; exit 1; }
done && say "all is there"
