# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# kernel.sh - finds the image of a kernel for a guest: a package's, or the one that a path names.
#
# It is for the scripts that source it, which have $here, $cache and functions say, skip and die.

# Prints the suites that may have a kernel version; the one that was released with it is first.
suites() {
	case $1 in
	5.10) echo bullseye ;;
	6.1) echo bookworm bullseye ;;
	6.12) echo trixie bookworm-backports ;;
	*) echo trixie-backports sid forky experimental ;;
	esac
}

# set_arch ARCH: sets $arch, what its packages, kernels and emulator are called, and where
# fetch.sh puts packages.  $foreign is set if it is not the architecture of this machine.
set_arch() {
	local row

	row=$("$here/../arch.sh" "$1" arch debian triplet qemu package flavour kernel) ||
		exit $((${#1} ? 1 : 4))
	read -r arch debian triplet emulator emulator_package flavour default <<<"$row"
	foreign=
	[ "$arch" = "$("$here/../arch.sh" "" arch 2>/dev/null)" ] || foreign=1
	packages=$cache/${foreign:+$debian/}packages
}

# From 7.x on the image is in linux-binary-* and below /usr.
image_in() {
	ls "$1"/boot/vmlinuz-* "$1"/usr/lib/modules/*/vmlinuz 2>/dev/null | grep -m 1 .
}

# The newest image of a version in the cache.
cached() {
	local name

	for name in "$packages"/*/linux-{image,binary}-"$1"[.-]*-"$flavour"; do
		[ -d "$name" ] && echo "${name##*/} $name"
	done | sed 's/^linux-[a-z]*-//' | sort -V -r |
		while read -r _ name; do image_in "$name" && break; done
}

# Fetches a version.  The lists may name several packages that the archive has no more.
fetched() {
	local suite found name dir

	for suite in $(suites "$1"); do
		found=$("$here/fetch.sh" -a "$debian" -s "$suite" "linux-binary-$1(\..*)?-$flavour")
		[ -n "$found" ] ||
			found=$("$here/fetch.sh" -a "$debian" -s "$suite" "linux-image-$1\.[0-9].*-$flavour")
		for name in $(echo "$found" | sort -V -r | head -n 8); do
			dir=$("$here/fetch.sh" -a "$debian" "$suite" "$name") && image_in "$dir" && return
		done
	done
	return 1
}

number() { od -An "-tu$3" -j "$2" -N "$3" "$1" | tr -d ' '; }

# Prints the architecture of a kernel: of a bzImage of x86, an Image of arm64, a bzImage of
# s390, or a vmlinux.
arch_of() {
	if is_bzimage "$1"; then
		echo x86
	elif is_at "$1" 56 ARMd; then
		echo arm64
	elif is_s390 "$1"; then
		echo s390
	elif is_elf "$1"; then
		# EM_X86_64, EM_AARCH64, EM_S390, in the byte order of the file
		case $(od -An -tx1 -j 18 -N 2 "$1") in
		' 3e 00') echo x86 ;;
		' b7 00') echo arm64 ;;
		' 00 16') echo s390 ;;
		esac
	fi
}

# is_at FILE OFFSET TEXT
is_at() { [ "$(dd if="$1" bs=1 skip="$2" count=${#3} 2>/dev/null | tr -d '\0')" = "$3" ]; }
is_bzimage() { is_at "$1" 514 HdrS; }
is_s390() { is_at "$1" $((0x10008)) S390EP; }
is_elf() { is_at "$1" 0 $'\177ELF'; }

# Prints the version of a kernel.  The boot images of x86 and s390, which are compressed, say
# where they have it: at an offset from the header, and at an address, which is that in the file.
version_of() {
	if is_bzimage "$1"; then
		word_at "$1" $(($(number "$1" 526 2) + 512))
	elif is_s390 "$1"; then
		word_at "$1" $((0x$(od -An -tx1 -j $((0x10428)) -N 8 "$1" | tr -d ' ')))
	else
		grep -aom1 'Linux version [0-9][^ ]*' "$1" | cut -d' ' -f3
	fi
}

word_at() { dd if="$1" bs=1 skip="$2" count=60 2>/dev/null | tr '\0' ' ' | cut -d' ' -f1; }

# unpack FILE OFFSET [LENGTH]: prints what is compressed there.
unpack() {
	local program=false

	case $(od -An -tx1 -j "$2" -N 4 "$1" | tr -d ' ') in
	1f8b*) program=gzip ;;
	fd377a58) program=xz ;;
	02214c18) program=lz4 ;;
	28b52ffd) program=zstd ;;
	esac
	tail -c +$(($2 + 1)) "$1" | head -c "${3:--0}" | $program -dc 2>/dev/null
}

# A bzImage of x86 unpacks itself in the guest, which is slow.  So this unpacks a packaged
# kernel once, if the program for its compression is installed, and prints the file.
unpacked() {
	local image=$1 out=${1/vmlinuz/vmlinux} at

	is_bzimage "$image" || { echo "$image"; return; }
	if [ ! -s "$out" ]; then
		at=$((($(number "$image" 497 1) + 1) * 512 + $(number "$image" 584 4)))
		# The last four bytes of the payload are its unpacked size.
		unpack "$image" $at $(($(number "$image" 588 4) - 4)) >"$out.$$"
		if is_elf "$out.$$"; then
			mv "$out.$$" "$out"
		else
			rm -f "$out.$$"
			out=$image
		fi
	fi
	echo "$out"
}

list() {
	local word image

	for word in 5.10 6.1 6.12 7.2 7.3; do
		image=$(cached $word)
		printf '%-6s %s\n' $word "${image:-not fetched yet (suites: $(suites $word))}"
	done
}

# Sets $image and $version from $kernel, the version or path that was asked for, and $arch from
# $asked.  If that is empty, $arch is this machine's, or that of the image that a path names.
find_kernel() {
	local of

	[ -n "$kernel" ] || { set_arch "$asked"; kernel=$default; }
	case $kernel in
	*/*) image=$kernel ;;
	[0-9]*.[0-9]*)
		set_arch "$asked"
		image=$(cached "$kernel")
		[ -n "$image" ] || image=$(fetched "$kernel") ||
			skip "no kernel $kernel ($flavour) is available; -k takes the path of an image, too"
		;;
	*) image=./$kernel ;;
	esac
	[ -f "$image" ] && [ -r "$image" ] || die "$image: no such kernel"
	is_at "$image" 4 zimg &&
		die "$image unpacks itself under EFI only: name the Image it was made of"
	is_at "$image" 0 $'\x1f\x8b' &&
		die "$image is compressed: unpack it with gzip -d"
	of=$(arch_of "$image")
	[ -n "$of" ] ||
		die "$image is not a kernel of x86, arm64 or s390, neither boot image nor vmlinux"
	set_arch "${asked:-$of}"
	[ "$of" = "$arch" ] || die "$image is a kernel for $of, not for $arch: use -A $of"
	version=$(version_of "$image")
	[ -n "$version" ] || die "$image is not a kernel: it does not say which version it is"
	case $image in "$packages"/*) image=$(unpacked "$image") ;; esac
}
