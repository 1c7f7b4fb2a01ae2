#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make.sh - builds the suite with the libbpf and bpftool of a kernel tree.
#
#	make.sh TREE OUT BIN [make's arguments]
#
# Kbuild and kselftest call it, and their variables mean other things to the
# Makefiles of user space: srctree, O, M, CFLAGS, MAKEFLAGS.  So all goes from
# the environment but what is listed here.
#
# A libbpf >= 1.0 serves all stages.  One of 0.x serves those of its day: in
# libbpf0, and as the bpftool that takes SEC("maps").  The others then get the
# libbpf and bpftool of this machine.  LIBBPF_DIR= and BPFTOOL= win over both.
set -eu

# make -n, -q and -t come here all the same: what they want to know is known.
case ${MAKEFLAGS-} in
-*) ;;
*[nqt]*) case ${MAKEFLAGS%% *} in *=*) ;; *[nqt]*) exit 0 ;; esac ;;
esac

suite=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$2" "$3"
tree=$(cd "$1" && pwd) out=$(cd "$2" && pwd) bin=$(cd "$3" && pwd)
shift 3

# Of make's flags only those that share its jobs.
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

# LLVM=1, LLVM=-16 or LLVM=/path/: the compiler is called so already.
if [ -n "${LLVM-}" ]; then
	llvm() { echo "$CC" | sed "s|clang\([^/]*\)\$|$1\1|"; }
	: "${CLANG:=$CC}"
	set -- "$@" AR="$(llvm llvm-ar)" LLVM_STRIP="$(llvm llvm-strip)"
	export CLANG
fi

[ -e "$out/.settings" ] || : >"$out/.settings"	# it is ours
tools=$out/tree
lib=$tools/bpftool/libbpf
mkdir -p "$lib"
# bpftool without programs of its own, for `prog profile` and the like: 5.10's would
# have to read the BTF of a kernel of today, and cannot.
# And without warnings, which are errors there: a compiler or C library of today has more
# of them for a tree of then, and they are not ours.
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
