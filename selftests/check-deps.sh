#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check-deps.sh - tries each tool and library that the build needs, and says what is missing.
#
#	check-deps.sh		a line for each thing that is missing or does not work, with the
#			reason and the Debian package that has it; then exit 1
#	check-deps.sh -a	the same for deps.sh, and of what the tests need as well: lines
#			"PACKAGES|INSTEAD	WHAT: REASON", where INSTEAD is for a distribution
#			that has none of PACKAGES
#
# `make check-deps` calls it with what the build uses: CC, CLANG, BPFTOOL, LLVM_STRIP, CFLAGS
# (libbpf's), LIBS, LDFLAGS, LIBBPF_DIR, VMLINUX, and STD, the dialect of C.  ARCH is what is
# built for (see arch.sh), and BPF_TARGET bpfel or bpfeb.  If CROSS is set, this machine does
# not run that: then the target's libraries are in SYSROOT, and HOSTCC, HOST_CFLAGS and
# HOST_LIBS build the programs that run during the build.
here=$(cd "$(dirname "$0")" && pwd)
all=
[ "${1-}" != -a ] || all=1
: "${CC:=cc}" "${CLANG:=clang}" "${LLVM_STRIP:=llvm-strip}" "${STD:=-std=gnu11}"
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C
missing=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

# apt has no packages of the target; what there is of them is in $SYSROOT.
target=
need() {	# WHAT PACKAGES [REASON]
	missing=1
	if [ "$all" ]; then
		[ -z "$target" ] || set -- "$1 for ARCH=$ARCH" "" "${3-}"
		printf '%s\t%s\n' "$2" "$1${3:+: $3}"
	elif [ "$target" ]; then
		echo "missing: $1${3:+: $3} (make deps ARCH=$ARCH fetches a sysroot, or set SYSROOT)" >&2
	else
		set -- "$1${3:+: $3}" "$(echo "$2" | sed 's/|/ or /')"
		echo "missing: $1 (Debian: apt-get install $2, or make deps)" >&2
	fi
}

# What COMMAND says goes to $tmp/log; why() prints the line of it that matters.
tried() { "$@" >"$tmp/log" 2>&1; }
why() {
	# The last line of a compiler says only that the linker failed.
	sed -e "s|^$tmp/[^ ]*: ||; s|^$0: [0-9]*: ||" \
		-e '1!{/^collect2: error/d; /linker command failed/d}' "$tmp/log" >"$tmp/said"
	grep -m 1 '[Ee]rror[: ]\|undefined\|cannot find\|not found' "$tmp/said" ||
		grep -m 1 . "$tmp/said" || echo "it fails, and says nothing"
}

# "ccache gcc" is two words; that is why $CC, $CLANG, $LLVM_STRIP and flags have no quotes.
compiles() { cat >"$tmp/x.c"; tried $CC $STD -o "$tmp/x.out" "$tmp/x.c" "$@"; }
header() {	# HEADER WHAT PACKAGES
	echo "#include <$1>" | compiles $CFLAGS -fsyntax-only || need "$2" "$3" "$(why)"
}

# The C compiler, $CC, and all that it compiles and links with.
libraries() {
	local before

	if ! echo 'int main(void) { return 0; }' | compiles; then
		need "a C compiler (${CROSS:+HOSTCC=}$CC)" "gcc libc6-dev" "$(why)"
		return
	fi
	header stdio.h "the C library's headers" libc6-dev
	header linux/bpf.h "the kernel's headers for user space" linux-libc-dev
	header libelf.h "libelf's headers" libelf-dev
	header zlib.h "zlib's headers" zlib1g-dev
	before=$missing missing=0
	header bpf/libbpf.h "libbpf's headers (or set LIBBPF_DIR)" libbpf-dev
	[ $missing = 1 ] || compiles $CFLAGS -fsyntax-only <<-'END' ||
		#include <bpf/libbpf.h>
		#if !(LIBBPF_MAJOR_VERSION >= 1)
		#error This is a libbpf 0.x
		#endif
	END
		need "libbpf 1.0 or newer" libbpf-dev "${LIBBPF_DIR:-what is installed} is older; \
Debian 12 and Ubuntu 24.04 have it, elsewhere build libbpf and set LIBBPF_DIR"
	case $missing${LIBBPF_DIR:+$LIBS} in
	*libbpf.a* | 0 | 1*) ;;
	*)
		need "libbpf.a in LIBBPF_DIR=$LIBBPF_DIR" libbpf-dev \
			"it is not there: build it with make -C src of libbpf, or unset LIBBPF_DIR" ;;
	esac
	[ $missing$before != 00 ] || compiles $CFLAGS $LDFLAGS $LIBS <<-'END' ||
		#include <bpf/libbpf.h>
		#include <libelf.h>
		#include <zlib.h>

		int main(void)
		{
			/* An old libbpf with newer headers does not have the first of these. */
			return libbpf_major_version() + elf_version(EV_CURRENT) + *zlibVersion();
		}
	END
		need "libbpf${LIBBPF_DIR:+ in $LIBBPF_DIR}, libelf or zlib to link with" \
			"libbpf-dev libelf-dev zlib1g-dev" "$(why)"
	missing=$((missing | before))
}

# Does the compiler compile for ARCH?  A wrong one would only say that it knows no such register.
fits() {
	macro=$("$here/arch.sh" "${ARCH-}" macro) || { missing=1; return 1; }
	echo | tried $CC $STD -E -dM -x c - || return 0
	grep -q "^#define $macro " "$tmp/log" && return
	missing=1
	echo "CC=$CC does not compile for ARCH=$ARCH (it does not define $macro): set ARCH, CROSS_COMPILE or CC" >&2
	return 1
}

if [ -z "${CROSS-}" ]; then
	! fits || libraries
else
	(CC=$HOSTCC CFLAGS=$HOST_CFLAGS LIBS=$HOST_LIBS LIBBPF_DIR='' LDFLAGS=''; libraries; exit $missing) || missing=1
	triplet=$("$here/arch.sh" "$ARCH" triplet)
	if ! echo 'int x;' | compiles -c; then
		need "a C compiler for ARCH=$ARCH ($CC)" "gcc-$triplet" "$(why)"
	elif ! fits; then
		:
	elif ! echo 'void _start(void) {}' | compiles -nostdlib -lgcc; then
		# clang has neither of its own.
		need "a linker and libgcc for ARCH=$ARCH ($CC)" "gcc-$triplet" "$(why)"
	elif [ -n "${SYSROOT-}" ] && [ ! -d "$SYSROOT/usr/include" ]; then
		target=1
		need "SYSROOT=$SYSROOT" '' "it has no usr/include"
	else
		target=1
		libraries
	fi
	target=
fi

# A program with a compare-and-swap, and a map, are built from source to skeleton.
cat >"$tmp/bpf.c" <<-'END'
	unsigned long long value;
	__attribute__((section("raw_tp/x"), used)) int x(void *ctx)
	{
		return __sync_val_compare_and_swap(&value, 1, 2);
	}
END
if ! tried $LLVM_STRIP --version; then
	need "llvm-strip ($LLVM_STRIP)" llvm "$(why)"
	LLVM_STRIP=true
fi
if ! tried $CLANG $STD -O2 -g -target "${BPF_TARGET:-bpf}" -mcpu=v3 -c -o "$tmp/bpf.o" "$tmp/bpf.c"; then
	need "a clang with a BPF target, of 12 or newer ($CLANG)" clang "$(why)"
elif ! tried $LLVM_STRIP -g "$tmp/bpf.o"; then
	need "an llvm-strip that takes BPF ($LLVM_STRIP)" llvm "$(why)"
fi
has_bpftool="bpftool|linux-tools-generic" other=${BPFTOOL:+; without BPFTOOL= another is taken}
case ${BPFTOOL-} in
*/target_bpftool.sh) has_bpftool="qemu-user-static|qemu-user" other= ;;
esac
if ! bpftool=$(sh "$here/../samples/lib/find_bpftool.sh" 2>"$tmp/log"); then
	need "bpftool${BPFTOOL:+ ($BPFTOOL)}" "$has_bpftool" \
		"$(cat "$tmp/log")$other"
elif [ -e "$tmp/bpf.o" ] && ! tried "$bpftool" gen skeleton "$tmp/bpf.o"; then
	need "a bpftool that makes skeletons ($bpftool)" "$has_bpftool" "$(why)"
fi

if [ -n "$all" ]; then
	read -r qemu emulator <<-END
		$("$here/arch.sh" "$ARCH" package qemu || echo qemu-system-misc "qemu-system-$(uname -m)")
	END
	while read -r package tool what; do
		case $tool in
		/*) tried ls "$tool" ;;
		*=*) tried "${tool%=*}" "${tool#*=}" ;;
		*) tried "$tool" --version ;;
		esac </dev/null || need "${tool%=*}, which $what" "$package" "$(why)"
	done <<-END
		$qemu		$emulator	boots the test kernels
		busybox-static	busybox=true	is the user space of the guest
		cpio		cpio		packs it
		lz4		lz4		unpacks kernels once, not at every boot
		zstd		zstd		does so with others
		xz-utils	xz		does so with others
		debian-archive-keyring	/usr/share/keyrings/debian-archive-keyring.gpg	checks fetched kernels
		iproute2	tc=-V		loads converted objects
		lld		ld.lld		links kernel trees that are built with LLVM=1
		flex		flex		is for kernel trees
		bison		bison		is for kernel trees
		bc		bc		is for kernel trees
		rsync		rsync		is for kselftest in kernel trees
		perl		perl		is for kernel trees
		python3		python3		runs the tests, and is for kernel trees
	END
	exit 0
fi

if [ -n "${VMLINUX-}" ] && [ ! -r "$VMLINUX" ]; then
	echo "missing: $VMLINUX: set VMLINUX_BTF to a kernel's BTF, or VMLINUX_H to a vmlinux.h" >&2
	missing=1
fi
exit $missing
