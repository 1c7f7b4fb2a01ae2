#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# add.sh - makes a kernel tree know bpf_evolution.
#
#	add.sh TREE
#
# `make M=` needs nothing of this.  It is for those who want the suite in their
# tree: CONFIG_SAMPLE_BPF_EVOLUTION and a kselftest target.  The lines around
# differ from tree to tree, so that no patch would fit all; `git diff` in the
# tree is the patch that fits.  Run again, it changes nothing.
set -eu

tree=${1:?usage: add.sh TREE}
here=$(cd "$(dirname "$0")" && pwd)
die() { echo "add.sh: $*" >&2; exit 1; }

[ -f "$tree/samples/Kconfig" ] && [ -d "$tree/tools/testing/selftests" ] ||
	die "$tree is no kernel tree: it has no samples/Kconfig"
[ -e "$tree/samples/bpf_evolution/Kbuild" ] ||
	die "put this suite into $tree/samples/bpf_evolution first"

grep -q SAMPLE_BPF_EVOLUTION "$tree/samples/Kconfig" ||
	sed -i '/^endif # SAMPLES/i\
config SAMPLE_BPF_EVOLUTION\
	bool "BPF programs in every generation of the API"\
	depends on CC_CAN_LINK\
	help\
	  Build families of BPF programs that do the same job with bpf(2) by\
	  hand, with bpftool, with the libbpf of 2018 and with skeletons, and\
	  a runner that compares what they see.  This takes clang, and the\
	  headers of libelf.\
' "$tree/samples/Kconfig"
grep -q SAMPLE_BPF_EVOLUTION "$tree/samples/Makefile" ||
	sed -i '/^subdir-$(CONFIG_SAMPLE_HIDRAW)/i\
subdir-$(CONFIG_SAMPLE_BPF_EVOLUTION)	+= bpf_evolution' "$tree/samples/Makefile"
grep -q bpf_evolution "$tree/tools/testing/selftests/Makefile" ||
	sed -i '0,/^TARGETS += breakpoints/s//TARGETS += bpf_evolution\n&/' \
		"$tree/tools/testing/selftests/Makefile"
for file in samples/Kconfig samples/Makefile tools/testing/selftests/Makefile; do
	grep -qi bpf_evolution "$tree/$file" || die "found no place for it in $tree/$file"
done
mkdir -p "$tree/tools/testing/selftests/bpf_evolution"
cp "$here"/kselftest/* "$tree/tools/testing/selftests/bpf_evolution/"
