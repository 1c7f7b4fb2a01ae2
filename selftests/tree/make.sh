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
[ -z "${LLVM-}" ] || CC=${CC%% *}
for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p'); do
	case $name in
	PATH | LD_LIBRARY_PATH | HOME | TMPDIR | TERM | LANG | LC_* | CC | LLVM | CLANG | BPFTOOL | PKG_CONFIG*) ;;
	LIBBPF_DIR | LIBBPF0_DIR | VMLINUX_* | WERROR | SANITIZE | XDG_CACHE_HOME | BPF_EVOLUTION_*) ;;
	*) unset "$name" ;;
	esac
done
export MAKEFLAGS="$jobs"
quiet=-s
[ $verbose = 0 ] || quiet="V=1"

# With LLVM=1, LLVM=-16 or LLVM=/path/, $CC is that clang already; the other tools follow it.
if [ -n "${LLVM-}" ]; then
	llvm() { echo "$CC" | sed "s|clang\([^/]*\)\$|$1\1|"; }
	: "${CLANG:=$CC}"
	set -- "$@" AR="$(llvm llvm-ar)" LLVM_STRIP="$(llvm llvm-strip)"
	export CLANG
fi

[ -e "$out/.settings" ] || : >"$out/.settings"	# make clean removes only a directory with this
tools=$out/tree
lib=$tools/bpftool/libbpf
mkdir -p "$lib"
# Builds bpftool without its own BPF programs (for `prog profile` and the like): for these,
# that of 5.10 would have to read the BTF of a kernel of today, and cannot.
# Warnings are errors there, so they are off: the compilers and C libraries of today have
# more warnings about an old tree, and this suite cannot mend them.
make $quiet -C "$tree/tools/bpf/bpftool" OUTPUT="$tools/bpftool/" feature-clang-bpf-co-re=0 \
	EXTRA_CFLAGS="-g -O2 -w"
make $quiet -C "$tree/tools/lib/bpf" OUTPUT="$lib/" DESTDIR="$lib" prefix= install_headers
cmp -s "$tools/bpftool/bpftool" "$bin/bpftool" || cp "$tools/bpftool/bpftool" "$bin/bpftool"
if grep -q '^LIBBPF_[1-9]' "$tree/tools/lib/bpf/libbpf.map"; then
	set -- LIBBPF_DIR="${LIBBPF_DIR:-$lib}" BPFTOOL="${BPFTOOL:-$tools/bpftool/bpftool}" "$@"
else
	set -- LIBBPF0_DIR="${LIBBPF0_DIR:-$lib}" "$@"
fi
exec make --no-print-directory -C "$suite" -f Makefile V=$verbose OUT="$out" BIN="$bin" "$@"
