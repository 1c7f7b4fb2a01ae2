#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_deps.sh - do `make`, `make deps` and the guest agree on which tools are usable?
#
# It simulates machines: this one without its bpftool, with an apt-get that has only the
# packages of a directory, the shelf.  As on Ubuntu, bpftool may be a script that looks for
# the program of the running kernel, and the name of a package that does not exist.
#
#	test_deps.sh		prints KTAP; needs what `make deps` installs
# shellcheck disable=SC2016 # commands for a shell of their own
here=$(cd "$(dirname "$0")" && pwd)
find=$here/../../samples/lib/find_bpftool.sh
unset OUT BPFTOOL CC CLANG CFLAGS LIBBPF_DIR MAKEFLAGS MAKELEVEL ARCH CROSS_COMPILE LLVM SYSROOT
real=$(sh "$find" -g) || exit 4
[ -z "$(make -s -C "$here/../.." check-deps DEPS=-a)" ] || { echo "test_deps: make deps first" >&2; exit 4; }
[ "$(id -u)" = 0 ] && own=-m || own=-rm
unshare $own true 2>/dev/null || { echo "test_deps: neither root nor user namespaces" >&2; exit 4; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

usr=$tmp/usr sbin=$tmp/usr/sbin
hidden=()
machine() {	# DISTRIBUTION HIDDEN-TOOL...
	local tool

	rm -rf "$usr" "$tmp/shelf"
	mkdir -p "$sbin" "$usr/lib" "$tmp/shelf"
	printf '%b\n' "$1" >"$tmp/os-release"
	: >"$tmp/apt"
	hidden=()
	for tool in bpftool "${@:2}"; do
		hidden+=($(PATH=$PATH:/usr/sbin:/sbin type -ap "$tool" | xargs -r -n 1 readlink -f | sort -u))
	done
	cat >"$sbin/apt-get" <<-END
		#!/bin/bash
		echo "\$*" >>"$tmp/apt"
		while [[ \$1 == -* ]]; do
			[[ \$1 != -s ]] || simulate=1
			shift
		done
		[[ \$1 != update ]] || exit 0
		for package in "\${@:2}"; do
			[[ \$package == -* || -d $tmp/shelf/\$package ]] || {
				echo "E: Package '\$package' has no installation candidate" >&2
				exit 100
			}
			[[ \$package == -* || \$simulate ]] || cp -a "$tmp/shelf/\$package/." "$usr"
		done
	END
	chmod 755 "$sbin/apt-get"
}

# Puts a file into a package on the shelf, or, if PACKAGE is "", installs it.
has() {	# PACKAGE FILE [SOURCE]: a copy of SOURCE, or a script: that of standard input
	local file=${1:+$tmp/shelf/$1}/$2

	[[ $1 ]] || file=$usr/$2
	mkdir -p "${file%/*}"
	if [[ ${3-} ]]; then cp -L "$3" "$file"; else cat >"$file"; fi
	chmod 755 "$file"
}

wrapper() {
	has "$1" sbin/bpftool <<-END
		#!/bin/bash
		real=$usr/lib/linux-tools/$2/bpftool
		[ ! -x "\$real" ] || exec "\$real" "\$@"
		printf '\nWARNING: bpftool not found for kernel $2\n' >&2
		exit 2
	END
}

# on COMMAND...: runs it on the simulated machine; its output is in $tmp/log.
on() {
	PATH=$sbin:$PATH unshare $own sh -c '
		tmp=$1
		shift
		while [ "$1" != -- ]; do mount --bind /dev/null "$1" && shift || exit 99; done
		shift
		mount --bind "$tmp/os-release" "$(readlink -f /etc/os-release)" || exit 99
		for dir in /usr/lib/linux-tools*; do
			[ ! -d "$dir" ] || mount -t tmpfs none "$dir"
		done
		exec "$@"' sh "$tmp" "${hidden[@]}" -- "$@" >"$tmp/log" 2>&1
}
says() { grep -q -- "$1" "$tmp/log"; }
installs() { grep -q "^-q .* install\( [^ ]*\)* $1\( \|\$\)" "$tmp/apt"; }
deps="$here/../deps.sh"
check_deps=(make -s -C "$here/../.." check-deps)
debian='ID=debian' ubuntu='ID=ubuntu\nID_LIKE=debian'

echo "KTAP version 1"
echo "1..20"
machine "$debian"
has '' sbin/bpftool "$real"
on "$deps" && says "nothing is missing" && [[ ! -s $tmp/apt ]]
result $? "nothing is missing: apt-get is not run"

machine "$debian"
has bpftool sbin/bpftool "$real"
on "$deps" && says "all is there" && installs bpftool
result $? "Debian: make deps installs the package bpftool"

machine "$ubuntu"
wrapper '' 6.8.0-31-generic
! on "${check_deps[@]}" && says "missing: bpftool: $sbin/bpftool does not work: WARNING: bpftool not found"
result $? "Ubuntu: make prints what the bpftool script says"
has linux-tools-generic lib/linux-tools-6.8.0-31/bpftool "$real"
on "$deps" && says "all is there" && installs linux-tools-generic
result $? "Ubuntu: make deps installs linux-tools-generic, since there is no package bpftool"
says "apt cannot install bpftool:.*no installation candidate"
result $? "Ubuntu: make deps says that there is no package bpftool"
on "${check_deps[@]}" && on sh "$find" && says "^$usr/lib/linux-tools-6.8.0-31/bpftool\$"
result $? "Ubuntu: the program is used, although the script does not find it"

# Some distributions say that they are like Ubuntu, and do not say that they are like Debian.
machine 'ID=elementary\nID_LIKE=ubuntu'
has linux-tools-generic lib/linux-tools-6.8.0-31/bpftool "$real"
on "$deps" && says "all is there" && installs linux-tools-generic
result $? "a distribution like Ubuntu is treated like Debian"
machine 'ID=fedora'
! on "$deps" && says "this is not Debian" && [[ ! -s $tmp/apt ]]
result $? "on any other distribution make deps only says what is missing"

machine "$ubuntu"
wrapper bpftool 6.8.0-31-generic
has linux-tools-generic lib/linux-tools-6.8.0-31/bpftool "$real"
on "$deps" && says "all is there" && installs linux-tools-generic
result $? "make deps installs the program if the package bpftool has only the script"

machine "$ubuntu"
wrapper '' "$(uname -r)"
has '' "lib/linux-tools/$(uname -r)/bpftool" "$real"
on sh "$find" -g && says "^$usr/lib/linux-tools/$(uname -r)/bpftool\$"
result $? "if the script works, the guest still gets the program"
# No guest is booted: this qemu only unpacks the bpftool from the initramfs.
has '' sbin/qemu <<-END
	#!/bin/bash
	[[ \$1 != --version ]] || exec echo "QEMU emulator version 9.0"
	while [[ \$1 != -initrd ]]; do shift; done
	cd "$tmp" && cpio -id --quiet usr/bin/bpftool <"\$2" 2>/dev/null
END
name="the initramfs has that bpftool"
cache=${BPF_EVOLUTION_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bpf_evolution}
image=$(ls "$cache"/packages/*/linux-*/boot/vmlinuz-* 2>/dev/null | head -n 1)
if [[ $image ]]; then
	mkdir -p "$tmp/suite"
	VM_QEMU=$sbin/qemu VM_ACCEL=tcg on "$here/../guest/vm.sh" -k "$image" -d "$tmp/suite" -- true
	cmp "$tmp/usr/bin/bpftool" "$real" >>"$tmp/log" 2>&1
	result $? "$name"
	mkdir "$tmp/my tools"
	cp -L "$real" "$tmp/my tools/bpftool"
	rm -f "$tmp/usr/bin/bpftool"
	BPFTOOL="$tmp/my tools/bpftool" VM_QEMU=$sbin/qemu VM_ACCEL=tcg \
		on "$here/../guest/vm.sh" -k "$image" -d "$tmp/suite" -- true
	cmp "$tmp/usr/bin/bpftool" "$real" >>"$tmp/log" 2>&1
	result $? "$name, if its path has a space"
else
	skipped "$name" "no kernel is in the cache"
	skipped "$name, if its path has a space" "no kernel is in the cache"
fi

machine "$ubuntu"
has '' sbin/bpftool <<-END
	#!/bin/sh
	exec $tmp/program "\$@"
END
cp "$real" "$tmp/program"
on sh "$find" && says "^$sbin/bpftool\$"
result $? "another script named bpftool is used, if it works"
! on sh "$find" -g && says "is a script, which a guest cannot run"
result $? "but not for a guest, and the message says so"

machine "$debian"
has '' sbin/bpftool <<-'END'
	#!/bin/sh
	echo "Error: unknown object gen" >&2
	exit 255
END
! on "${check_deps[@]}" && says "missing: bpftool: .* does not work: Error: unknown object gen"
result $? "a bpftool that cannot make skeletons counts as missing"

machine "$debian" bc cpio
has '' sbin/bpftool "$real"
has cpio sbin/cpio <<<'#!/bin/sh'
! on "$deps" && installs cpio && says "apt cannot install bc" && says "still missing" &&
	sed -n '/still missing/,$p' "$tmp/log" | grep -q '^  bc ' &&
	! sed -n '/still missing/,$p' "$tmp/log" | grep -q '^  cpio '
result $? "a package that apt does not have is named, and the others are installed"

machine "$debian"
has '' sbin/bpftool "$real"
has '' include/bpf/libbpf.h <<<'int bpf_object__close();'	# no libbpf_version.h, as 0.3
has '' sbin/pkg-config <<-END
	#!/bin/sh
	[ "\$1" != --cflags ] || echo "-I$usr/include"
	[ "\$1" != --libs ] || echo "-lbpf"
END
has libbpf-dev share/libbpf <<<''
! on "$deps" && says "still missing, or" && ! says "all is there" && says "libbpf 1.0 or newer:.*LIBBPF_DIR"
result $? "a libbpf 0.x is not enough: make deps says so"
! on "${check_deps[@]}" && says "libbpf 1.0 or newer:.*LIBBPF_DIR"
result $? "and so does make"

arch=arm64
[ "$("$here/../arch.sh" '' arch)" != arm64 ] || arch=s390
triplet=$("$here/../arch.sh" $arch triplet)
machine "$debian" "$triplet-gcc"
has '' sbin/bpftool "$real"
has "gcc-$triplet" "sbin/$triplet-gcc" "$(type -P gcc)"
on make -C "$here/../.." ARCH=$arch SYSROOT= deps
installs "gcc-$triplet" && says "a C compiler for ARCH=$arch "
result $? "make deps ARCH=$arch installs a compiler for $arch"

# A copy of the Makefile, with scripts that only say that they were called.
mkdir -p "$tmp/copy/selftests/guest"
cp "$here/../../Makefile" "$tmp/copy"
cp "$here/../arch.mk" "$here/../arch.sh" "$tmp/copy/selftests"
for script in deps guest/sysroot guest/fetch; do
	cat >"$tmp/copy/selftests/$script.sh" <<-END
		#!/bin/sh
		[ "\$1" != -n ] || exec echo /sysroot
		echo "$script" >>"$tmp/called"
		[ $script != guest/sysroot ] || grep deps "$tmp/called"
	END
	chmod 755 "$tmp/copy/selftests/$script.sh"
done
make -C "$tmp/copy" ARCH=$arch deps >"$tmp/log" 2>&1 &&
	[[ $(tr '\n' ' ' <"$tmp/called") == "guest/sysroot deps guest/sysroot deps guest/fetch " ]]
result $? "where a sysroot can be fetched only after packages are installed, it is fetched then"
exit $failed
