#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# add.sh - adds bpf_evolution to the Kconfig and Makefiles of a kernel tree.
#
#	add.sh TREE		changes TREE; run again, it changes nothing
#	add.sh --patch TREE	writes the same as a patch (git apply, patch -p1)
#
# `make M=` needs nothing of this.  It is for those who want the suite in their
# tree: CONFIG_SAMPLE_BPF_EVOLUTION and a kselftest target.  The lines around these
# differ from tree to tree, so a patch fits only the tree that it was made for.
# The suite itself belongs into samples/bpf_evolution, and is no part of the patch.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
files="samples/Kconfig samples/Makefile tools/testing/selftests/Makefile"
tests=tools/testing/selftests/bpf_evolution
die() { echo "add.sh: $*" >&2; exit 1; }

add() {	# TREE
	grep -q SAMPLE_BPF_EVOLUTION "$1/samples/Kconfig" ||
		sed -i '/^endif # SAMPLES/i\
config SAMPLE_BPF_EVOLUTION\
	bool "BPF programs in every generation of the API"\
	depends on CC_CAN_LINK\
	help\
	  Build families of BPF programs that do the same job with bpf(2) by\
	  hand, with bpftool, with the libbpf of 2018 and with skeletons, and\
	  a runner that compares what they see.  This needs clang, and the\
	  headers of libelf.\
' "$1/samples/Kconfig"
	grep -q SAMPLE_BPF_EVOLUTION "$1/samples/Makefile" ||
		sed -i '/^subdir-$(CONFIG_SAMPLE_HIDRAW)/i\
subdir-$(CONFIG_SAMPLE_BPF_EVOLUTION)	+= bpf_evolution' "$1/samples/Makefile"
	grep -q bpf_evolution "$1/tools/testing/selftests/Makefile" ||
		sed -i '0,/^TARGETS += breakpoints/s//TARGETS += bpf_evolution\n&/' \
			"$1/tools/testing/selftests/Makefile"
	for file in samples/Kconfig samples/Makefile tools/testing/selftests/Makefile; do
		grep -qi bpf_evolution "$1/$file" || die "found no place for bpf_evolution in $tree/$file"
	done
	mkdir -p "$1/$tests"
	cp "$here"/kselftest/* "$1/$tests/"
}

patch=
[ "${1-}" != --patch ] || { patch=1; shift; }
tree=${1:?usage: add.sh [--patch] TREE}
[ -f "$tree/samples/Kconfig" ] && [ -d "$tree/tools/testing/selftests" ] ||
	die "$tree is no kernel tree: it has no samples/Kconfig"
if [ -z "$patch" ]; then
	[ -e "$tree/samples/bpf_evolution/Kbuild" ] ||
		die "put this suite into $tree/samples/bpf_evolution first"
	add "$tree"
	exit
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/a"
for file in "$here"/kselftest/*; do
	files="$files $tests/${file##*/}"
done
for file in $files; do
	[ ! -e "$tree/$file" ] || (cd "$tree" && cp --parents "$file" "$tmp/a")
done
cp -r "$tmp/a" "$tmp/b"
add "$tmp/b"
cd "$tmp"
diff -urN a b || [ $? = 1 ]
