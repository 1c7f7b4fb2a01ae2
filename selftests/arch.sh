#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# arch.sh - the architectures that the suite can be built for and run on, one in a row.
#
#	arch.sh [ARCH [FIELD...]]	prints fields of one, by default all as NAME=VALUE
#
# ARCH is a name of any of the first three columns; by default it is this machine's.  The
# exit status is 1, with a line that says why, if there is no such row.
#
# arch is what a kernel tree calls it in ARCH=, uname what `uname -m` prints, debian what
# packages are called, triplet the prefix of the cross tools, and macro what their compiler
# defines.  The other fields are for guests: qemu and package are the emulator and what has it,
# flavour is the end of a kernel package's name, and kernel the default of KERNEL, with which the
# rows of the matrix begin: Debian builds older ones of s390 without BTF.  How vm.sh starts a
# machine of each is in its machine_of().
table='
arch     uname    debian   triplet                macro          qemu                 package           flavour      kernel
x86      x86_64   amd64    x86_64-linux-gnu       __x86_64__     qemu-system-x86_64   qemu-system-x86   cloud-amd64  6.1
arm64    aarch64  arm64    aarch64-linux-gnu      __aarch64__    qemu-system-aarch64  qemu-system-arm   cloud-arm64  6.1
s390     s390x    s390x    s390x-linux-gnu        __s390x__      qemu-system-s390x    qemu-system-misc  s390x        6.12
'
name=${1:-$(uname -m)}
[ $# = 0 ] || shift
echo "$table" | awk -v name="$name" -v want="$*" '
	$1 == "arch" { fields = split($0, field) }
	NF && $1 != "arch" {
		known = known " " $1
		for (i = 1; i <= fields; i++)
			of[field[i]] = $i
		if (name != $1 && name != $2 && name != $3)
			next
		found = 1
		if (want == "")
			for (i = 1; i <= fields; i++)
				print field[i] "=" $i
		n = split(want, asked, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", of[asked[i]], i < n ? " " : "\n"
		exit
	}
	END {
		if (found)
			exit 0
		print "ARCH=" name ": there is no such architecture here, only" known \
			" (selftests/arch.sh)" >"/dev/stderr"
		exit 1
	}'
