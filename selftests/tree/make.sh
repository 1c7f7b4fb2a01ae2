#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make.sh - builds the suite with the libbpf and bpftool of a kernel tree.
#
#	make.sh TREE OUT BIN [make's arguments]
#
# Kbuild and kselftest call it, and their variables mean other things to the
# Makefiles of user space: srctree, O, M, CFLAGS, MAKEFLAGS.  So only the variables
# that are listed here stay in the environment.
#
# All stages use a libbpf >= 1.0.  Only the libbpf0 variants use a libbpf 0.x, and
# the bpftool stage its bpftool, which takes SEC("maps"); the others are then built with
# the libbpf and bpftool of this machine.  LIBBPF_DIR= and BPFTOOL= override both.
#
# If ARCH is another architecture, libbpf and bpftool are built twice: for it, and for this
# machine, where that bpftool makes the skeletons.
set -eu

# Because of the + in its rule, make -n, -q and -t run this, too; then nothing is to be built.
case ${MAKEFLAGS-} in
-*) ;;
*[nqt]*) case ${MAKEFLAGS%% *} in *=*) ;; *[nqt]*) exit 0 ;; esac ;;
esac

suite=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$2" "$3"
tree=$(cd "$1" && pwd) out=$(cd "$2" && pwd) bin=$(cd "$3" && pwd)
shift 3

# Of make's flags, keeps only those that share its jobs.
jobs=
for flag in ${MAKEFLAGS-}; do
	case $flag in
	--) break ;;
	-j* | --jobserver*) jobs="$jobs $flag" ;;
	esac
done
verbose=0
case ${KBUILD_VERBOSE:-${V:-0}} in *1*) verbose=1 ;; esac
vmlinux=$(cd "${objtree:-$tree}" && pwd)/vmlinux
# With LLVM=1, LLVM=-16 or LLVM=/path/, $CC is that clang already, maybe with flags.
if [ -n "${LLVM-}" ] && [ -n "${CC-}" ]; then
	CLANG=${CLANG:-${CC%% *}}
	export CLANG
	unset CC
fi
for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p'); do
	case $name in
	PATH | LD_LIBRARY_PATH | HOME | TMPDIR | TERM | LANG | LC_* | BPFTOOL | PKG_CONFIG*) ;;
	ARCH | CROSS_COMPILE | CC | LLVM | CLANG | HOSTCC | SYSROOT) ;;
	LIBBPF_DIR | LIBBPF0_DIR | VMLINUX_* | WERROR | SANITIZE | XDG_CACHE_HOME | BPF_EVOLUTION_*) ;;
	*) unset "$name" ;;
	esac
done
export MAKEFLAGS="$jobs"
quiet=-s
[ $verbose = 0 ] || quiet="V=1"

# Which tools build for ARCH is what arch.mk says.  A CC of the environment would not count there.
found=$(make -s -C "$suite" -f - ${CC:+CC="$CC"} <<-'END'
	include selftests/arch.mk
	print: ; @echo "cross='$(CROSS)' hostcc='$(HOSTCC)' sysroot='$(SYSROOT)'" \
		"CC='$(CC)' AR='$(AR)' CROSS_COMPILE='$(CROSS_COMPILE)'"
	END
)
eval "$found"
set -- "$@" CC="$CC" AR="$AR"
export CC
if [ "$cross" ]; then
	[ -z "$sysroot" ] || [ -d "$sysroot/usr/include" ] || {
		echo "ARCH=$ARCH: SYSROOT=$sysroot has no usr/include:" \
			"make -C $suite -f Makefile deps ARCH=$ARCH fetches a sysroot, or set SYSROOT" >&2
		exit 1
	}
	# The tree has ld by CROSS_COMPILE, but for clang it would add a --sysroot of its own.
	export CROSS_COMPILE
	[ -z "${LLVM-}" ] || unset CROSS_COMPILE
fi

[ -e "$out/.settings" ] || : >"$out/.settings"	# make clean removes only a directory with this
tools=$out/tree${cross:+-$cross}
lib=$tools/bpftool/libbpf
mkdir -p "$lib"
libbpf0=
grep -q '^LIBBPF_[1-9]' "$tree/tools/lib/bpf/libbpf.map" || libbpf0=1

# Builds bpftool without what no program here uses: its own BPF programs (for `prog profile`
# and the like), for which that of 5.10 would have to read the BTF of a kernel of today, and
# cannot; the disassembler of LLVM, which would be that of this machine; and signatures.
# Warnings are errors there, so they are off: the compilers and C libraries of today have
# more warnings about an old tree, and this suite cannot mend them.
bpftool() {
	make $quiet -C "$tree/tools/bpf/bpftool" OUTPUT="$tools/bpftool/" "$@" SKIP_CRYPTO=1 \
		feature-clang-bpf-co-re=0 feature-llvm=0 EXTRA_CFLAGS="-g -O2 -w" HOST_EXTRACFLAGS=-w
}
bpftool all
make $quiet -C "$tree/tools/lib/bpf" OUTPUT="$lib/" DESTDIR="$lib" prefix= install_headers
cmp -s "$tools/bpftool/bpftool" "$bin/bpftool" || cp "$tools/bpftool/bpftool" "$bin/bpftool"
byte_order() { echo | $1 -E -dM -x c - | grep '__BYTE_ORDER__ '; }
if [ $libbpf0 ]; then
	set -- LIBBPF0_DIR="${LIBBPF0_DIR:-$lib}" "$@"
elif [ -z "$cross" ]; then
	set -- LIBBPF_DIR="${LIBBPF_DIR:-$lib}" BPFTOOL="${BPFTOOL:-$tools/bpftool/bpftool}" "$@"
else
	host=$tools/bpftool/bootstrap
	bpftool bootstrap
	set -- LIBBPF_DIR="${LIBBPF_DIR:-$lib}" HOST_LIBBPF_CFLAGS="-I$host/libbpf/include" \
		HOST_LIBBPF_LIBS="$host/libbpf/libbpf.a" "$@"
	# For the other byte order this one is too old before Linux 6.13, and the Makefile has another.
	if grep -q swapped_endian "$tree/tools/lib/bpf/bpf_gen_internal.h" ||
		[ "$(byte_order "$CC")" = "$(byte_order "$hostcc")" ]; then
		set -- BPFTOOL="${BPFTOOL:-$host/bpftool}" "$@"
	fi
fi

# For another architecture vmlinux.h is made from the tree's vmlinux, if there is one with BTF.
machine() { readelf -h "$1" | grep Machine: ; }
if [ "$cross" ] && [ -z "${VMLINUX_BTF-}${VMLINUX_H-}" ] && [ -e "$vmlinux" ] &&
	readelf -SW "$vmlinux" | grep -q ' \.BTF ' &&
	[ "$(machine "$vmlinux")" = "$(machine "$bin/bpftool")" ]; then
	set -- VMLINUX_BTF="$vmlinux" "$@"
fi
exec make --no-print-directory -C "$suite" -f Makefile V=$verbose OUT="$out" BIN="$bin" "$@"
