#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-distros.sh - runs the two commands of the README on fresh systems.
#
#	check-distros.sh [DISTRO...]	bookworm, trixie, sid and ubuntu, if none is named
#
# debootstrap makes a fresh system, with git and make.  In the system, this script builds a
# copy of this tree with the compilers of the distribution, and runs `make deps run` and
# `make deps check`.  The system has mounts of its own, but neither a bpffs nor a tracefs, and
# runs on the kernel of this machine.
# "ubuntu" is an emulated Ubuntu 24.04: Debian 13 with Ubuntu's os-release, and a repository
# in which bpftool is a virtual package, provided by two packages.
#
# distros/ in the cache keeps what debootstrap has made and the downloaded packages; changes
# in a system are not kept.  The script needs root, and some GB in the cache.
# It prints KTAP, and stores the output of the commands in OUT/distros.
# Environment: COMMANDS (build run check arm64 s390), which follow `make deps` (the last two are
# `make deps run ARCH=arm64` and the like); STEMS (all families) for these; DISTROS, OUT, BPF_EVOLUTION_CACHE, BPF_EVOLUTION_MIRROR.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
cache=${BPF_EVOLUTION_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/bpf_evolution}/distros
commands=${COMMANDS:-build run check arm64 s390}
root=
. "$here/ktap.sh"

say() { echo "# $*" >&2; }
die() { echo "check-distros.sh: $*" >&2; exit 1; }
skip() { echo "check-distros.sh: $*" >&2; exit 4; }

# ---- a fresh system ------------------------------------------------------------

# sources SUITE: prints the mirrors of a suite, as lines of a sources.list.  network SUITE: prints
# apt's settings of the network.  fetch.sh has taken both from this machine's apt.
sources() {
	local apt=${cache%/*}/apt/$1

	[[ -s $apt/sources.list ]] || "$here/guest/fetch.sh" -u "$1" || exit
	cat "$apt/sources.list"
}

network() { grep '^Acquire::' "${cache%/*}/apt/$1/apt.conf"; }

# fresh SUITE: makes $cache/SUITE.tar, an archive of a fresh system, if it does not exist.
fresh() {
	local debootstrap new mirror

	[[ ! -s $cache/$1.tar ]] || return 0
	say "$1: debootstrap"
	debootstrap=$("$here/guest/fetch.sh" sid debootstrap) || exit
	mirror=$(sources "$1" | sed -n "s/.* \([^ ]*\) $1 main\$/\1/p") || exit
	new=$(mktemp -d "$cache/.new.XXXXXX") || exit 1
	DEBOOTSTRAP_DIR=$debootstrap/usr/share/debootstrap \
		setpriv --pdeathsig KILL unshare --mount "$debootstrap/usr/sbin/debootstrap" --variant=minbase \
		--include=ca-certificates,git,make --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		"$1" "$new" "$mirror" >"$logs/$1-debootstrap" 2>&1 &
	wait $! &&
		rm -f "$new"/var/cache/apt/archives/*.deb &&
		tar -C "$new" -cf "$new.tar" . && mv "$new.tar" "$cache/$1.tar"
	rm -rf "$new" "$new.tar"
	[[ -s $cache/$1.tar ]] || die "no $1: debootstrap failed, see $logs/$1-debootstrap"
}

# sweep DIR: kills the processes whose root directory is DIR/root, then removes DIR.
sweep() {
	local process more=1

	while [[ $more ]]; do
		more=
		for process in /proc/[0-9]*; do
			[[ ! $process/root -ef $1/root ]] || more=$(kill -KILL "${process#/proc/}" && echo 1)
		done 2>/dev/null
	done
	rm -rf "$1"
}

# unpack SUITE DISTRO: makes $root, with a copy of this tree.  A guard process removes $root: it
# reads from a pipe, which is closed when this script is done or was killed.
unpack() {
	run=$(mktemp -d "$cache/run.XXXXXX") || exit 1
	root=$run/root
	exec {alive}> >(trap '' INT TERM HUP; cat >/dev/null; sweep "$run")
	guard=$!
	say "$2: a fresh system"
	mkdir "$root" && tar -C "$root" -xf "$cache/$1.tar" || die "$run: the system does not unpack"
	chmod 755 "$root"	# of mktemp, it is for root alone
	mkdir -p "$root/root/bpf_evolution" "$root/root/.cache/bpf_evolution" "$cache/$2".{debs,cache}
	tar -C "$here/.." --exclude='./.output*' --exclude=./.git -cf - . |
		tar -C "$root/root/bpf_evolution" -xf -
	cp -L /etc/resolv.conf /etc/hosts "$root/etc"
	rm -f "$root"/etc/apt/sources.list.d/*
	sources "$1" >"$root/etc/apt/sources.list" || exit
	network "$1" >"$root/etc/apt/apt.conf.d/99network"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"	# no services
	chmod 755 "$root/usr/sbin/policy-rc.d"
}

# Removes the system.
done_with() {
	[[ $root ]] || return
	root=
	exec {alive}>&-
	wait "$guard"
}

# within COMMAND...: runs it in the system, with mounts that nobody else sees, in a subshell.
# It uses pivot_root, not chroot: in a chroot the root directory is not that of the mount
# namespace, and then the kernel lets no process make a user namespace.
within() {
	exec {alive}>&- {only}>&- setpriv --pdeathsig KILL unshare --mount --propagation private bash -c '
		root=$1 debs=$2 suite=$3
		shift 3
		mount --bind "$root" "$root" &&
		mount -t proc proc "$root/proc" &&
		mount -t sysfs sysfs "$root/sys" &&
		mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup" &&
		mount --rbind /dev "$root/dev" &&
		mount --bind "$debs" "$root/var/cache/apt/archives" &&
		mount --bind "$suite" "$root/root/.cache/bpf_evolution" &&
		cd "$root" && pivot_root . . && umount -l . && cd / &&
		exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root TERM=dumb LANG=C.UTF-8 ${http_proxy:+http_proxy="$http_proxy"} \
			${mirror:+BPF_EVOLUTION_MIRROR="$mirror"} \
			sh -c '\''cd /root/bpf_evolution && exec "$@"'\'' sh "$@"
	' bash "$root" "$cache/$distro.debs" "$cache/$distro.cache" "$@" </dev/null
}

# step NAME COMMAND...: runs it in the system as one test; its output is kept.
step() {
	local log="$logs/$distro-${1//[^A-Za-z0-9.=]/_}" began=$SECONDS status

	say "$distro: $1"
	within "${@:2}" >"$log" 2>&1 &
	wait $!
	status=$?
	say "$distro: $1: status $status after $((SECONDS - began)) s"
	result $status "$distro: $1" "$log"
	return $status
}

# ---- an emulated Ubuntu 24.04 ----------------------------------------------------

# package NAME FIELDS: what is below $deb becomes a package of the repository.
package() {
	mkdir -p "$deb/DEBIAN" "$deb/usr"
	{
		printf '%s\n' "Package: $1" "Version: 6.8.0-31.31" "Architecture: amd64" \
			"Maintainer: nobody <nobody@localhost>" "Description: a stand-in"
		printf '%b' "$2"
	} >"$deb/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$deb" "$repository/$1.deb" >/dev/null || exit 1
	rm -rf "$deb"
}

ubuntu() {
	local repository=$root/srv/ubuntu deb=$root/srv/deb name file bpftool needs

	mirror=$(sed -n 's/.* \([^ ]*\) trixie main$/\1/p' "$root/etc/apt/sources.list")
	cat >"$root/etc/os-release" <<-END
		NAME="Ubuntu"
		VERSION_ID="24.04"
		VERSION="24.04 LTS (Noble Numbat)"
		VERSION_CODENAME=noble
		ID=ubuntu
		ID_LIKE=debian
	END
	mkdir -p "$repository"
	for file in "$cache"/trixie.debs/*.deb; do
		case ${file##*/} in
		bpftool_*) bpftool=$file ;;
		*) cp "$file" "$repository" ;;
		esac
	done
	# As on Ubuntu, each flavour has a script that looks for the bpftool of the running kernel.
	for name in linux-tools-common linux-lowlatency-tools-common; do
		mkdir -p "$deb/usr/sbin"
		cat >"$deb/usr/sbin/bpftool" <<-'END'
			#!/bin/bash
			real=/usr/lib/linux-tools/$(uname -r)/bpftool
			[ ! -x "$real" ] || exec "$real" "$@"
			echo "WARNING: bpftool not found for kernel $(uname -r)" >&2
			exit 2
		END
		chmod 755 "$deb/usr/sbin/bpftool"
		package $name 'Provides: bpftool\n'
	done
	needs=$(dpkg-deb -f "${bpftool:?}" Depends)
	dpkg-deb -x "$bpftool" "$root/srv/bpftool"
	mkdir -p "$deb/usr/lib/linux-tools-6.8.0-31"
	mv "$root/srv/bpftool/usr/sbin/bpftool" "$deb/usr/lib/linux-tools-6.8.0-31"
	package linux-tools-6.8.0-31 "Depends: linux-tools-common, $needs\n"
	mkdir -p "$deb/usr/lib/linux-tools/6.8.0-31-generic"
	ln -s ../../linux-tools-6.8.0-31/bpftool "$deb/usr/lib/linux-tools/6.8.0-31-generic/bpftool"
	package linux-tools-6.8.0-31-generic 'Depends: linux-tools-6.8.0-31\n'
	package linux-tools-generic 'Depends: linux-tools-6.8.0-31-generic\n'
	for file in "$repository"/*.deb; do
		dpkg-deb -f "$file"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${file##*/}" "$(stat -c %s "$file")" \
			"$(sha256sum "$file" | cut -d' ' -f1)"
	done >"$repository/Packages"
	echo 'deb [trusted=yes] file:/srv/ubuntu ./' >"$root/etc/apt/sources.list"
	step "a bpftool script without its program: make says so" sh -c '
		apt-get -q update && apt-get -q -y install linux-tools-common && make check-deps 2>&1 |
			tee /dev/stderr | grep "missing: bpftool: .*bpftool not found for kernel"'
}

# ---- what is tried ----------------------------------------------------------------

# Prints the default gcc and clang of the distribution, and the newest of each.
compilers() {
	(within sh -c 'for name in gcc clang; do
			newest=$(apt-cache search --names-only "^$name-[0-9]+\$" | cut -d" " -f1 | sort -V | tail -n 1)
			echo $name $newest
		done') 2>/dev/null | tr ' ' '\n'
}

try() {
	local distro=$1 suite=${1/ubuntu/trixie} mirror='' compiler arch

	export mirror
	if [[ $distro == ubuntu && ! $(compgen -G "$cache/trixie.debs/bpftool_*.deb") ]]; then
		say "ubuntu: it uses the packages that trixie has fetched, so trixie comes first"
		(commands=none failed=0; try trixie >/dev/null; exit $failed) || die "trixie: make deps fails"
	fi
	fresh "$suite"
	unpack "$suite" "$distro"
	[[ $distro != ubuntu ]] || ubuntu
	if step "make deps" make deps; then
		[[ $distro != ubuntu ]] || step "without a mirror of Debian: fetch.sh asks for one" sh -c '
			unset BPF_EVOLUTION_MIRROR
			BPF_EVOLUTION_CACHE=/tmp/cache selftests/guest/fetch.sh bookworm hello 2>&1 |
				tee /dev/stderr | grep BPF_EVOLUTION_MIRROR='
		step "make deps, again: nothing is missing" sh -c '
			make deps 2>&1 | tee /dev/stderr | grep -q "nothing is missing"'
		for compiler in $([[ $commands != *build* ]] || compilers); do
			[[ $distro != ubuntu || $compiler != *-* ]] || continue
			(within sh -c "command -v $compiler || apt-get -q -y install $compiler") >/dev/null 2>&1
			case $compiler in
			gcc*) step "make CC=$compiler" make -j"$(nproc)" OUT=.output.cc CC="$compiler" ;;
			*) step "make CC=$compiler CLANG=$compiler" make -j"$(nproc)" OUT=.output.cc \
				CC="$compiler" CLANG="$compiler" ;;
			esac
		done
		[[ $commands != *run* ]] || step "make deps run" make deps run STEMS="${STEMS-}"
		for arch in arm64 s390; do
			[[ $commands != *$arch* ]] || step "make deps run ARCH=$arch" \
				make deps run ARCH=$arch STEMS="${STEMS-}"
		done
		[[ $commands != *check* ]] || step "make deps check" make deps check
	fi
	done_with
}

case ${1-} in
-h) sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
esac
[[ $# -gt 0 ]] || set -- ${DISTROS:-bookworm trixie sid ubuntu}
for distro; do
	[[ " bookworm trixie sid ubuntu " == *" $distro "* ]] ||
		die "'$distro' is none of bookworm, trixie, sid and ubuntu (-h says more)"
done
((EUID == 0)) || skip "needs root: it makes fresh systems with debootstrap and mounts"
logs=${OUT:-$here/../.output}/distros
mkdir -p "$cache" "$logs" || exit 1
logs=$(cd "$logs" && pwd)
tmp=$logs
exec {only}>"$cache/.lock"
flock -n "$only" || { say "waiting for another check-distros.sh"; flock "$only"; }
for run in "$cache"/run.* "$cache"/.new.*; do
	[[ ! -e $run ]] || sweep "$run"
done
trap done_with EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
echo "KTAP version 1"
for distro; do
	try "$distro"
done
echo "1..$tests"
exit $failed
