#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fetch.sh - unpacks packages of any suite of the distribution into a cache.
#
# The tests need older and newer kernels, libraries and tools, and the distribution
# has them in signed packages.  These must not be installed on this machine.  So
# fetch.sh runs apt with a configuration, lists and a cache of its own.  apt uses
# the mirror of the machine's configuration, and checks the signatures as always.
# fetch.sh only unpacks what apt downloads.
set -u
export LC_ALL=C

. "$(dirname "$0")/cache.sh"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

usage() {
	cat <<-END
	usage: fetch.sh SUITE PACKAGE...	unpack packages, print their directories
	       fetch.sh -i SUITE PACKAGE	the same with whatever it depends on that
	       				this machine lacks, in one directory
	       fetch.sh -r SUITE NAME PACKAGE...  these with all that they depend on, in
	       				one directory NAME, a root directory or sysroot
	       fetch.sh -s SUITE REGEX	print the names of packages that match
	       fetch.sh -u SUITE	fetch the suite's lists again

	-a ARCH before these fetches packages of another architecture, such as arm64
	or s390x, into the directory ARCH of the cache.

	A package that the cache has is not fetched again; remove its directory
	for that.  The cache is $cache
	(BPF_EVOLUTION_CACHE).  The mirror is the one that apt uses on this
	machine, or BPF_EVOLUTION_MIRROR.
	Exit status: 0 done, 1 failed, 4 not available here (no apt, no network).
	END
}

say() { echo "fetch.sh: $*" >&2; }
skip() { say "$@"; exit 4; }
die() { say "$@"; exit 1; }

# Prints the archives that apt uses here, as lines "URI SUITE".
archives() {
	apt-get update --print-uris 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/\([^/ ]*\)/\(In\)\{0,1\}Release' .*|\1 \2|p" | sort -u
}

# Prints the archives of the distribution, which it knows by the names of their suites.  If one
# of them belongs to another distribution, apt refuses it, as other keys have signed it.
main_archives() {
	local suites="stable|testing|unstable|sid"

	suites+="|$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")"
	if [ -n "${BPF_EVOLUTION_MIRROR:-}" ]; then
		echo "$BPF_EVOLUTION_MIRROR"
	else
		archives | sed -nE "s/ ($suites)\$//p" | sort -u
	fi
}

security_archives() {
	archives | sed -n 's/ [a-z]*-security$//p' | sort -u
}

# Configures apt for a suite, with only the network settings of the machine.
setup() {
	state=$cache/apt/$1
	mkdir -p "$state/lists/partial" "$state/archives/partial" "$state/empty" ||
		die "$state cannot be made"
	{
		# Leaves out hooks, which would act on this machine, and optional indexes.
		apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
		cat <<-END
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "$state/empty";
		Dir::Etc::sourcelist "$state/sources.list";
		Dir::Etc::sourceparts "$state/empty";
		Dir::Etc::preferencesparts "$state/empty";
		Dir::Etc::preferences "/dev/null";
		Dir::State "$state";
		Dir::State::status "/dev/null";
		Dir::Cache "$state";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Acquire::GzipIndexes "true";
		Acquire::Languages "none";
		Acquire::Retries "2";
		APT::Sandbox::User "root";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		END
	} >"$state/apt.conf" || die "$state is not writable"
	export APT_CONFIG=$state/apt.conf
}

# If new lists cannot be fetched, the former ones stay in use.
try_sources() {
	local list=$state/sources.list

	[ -f "$list" ] && mv "$list" "$list.old"
	printf "deb [signed-by=$keyring] %s\n" "$@" >"$list"
	apt-get -qq update >"$state/log" 2>&1 && ! grep -q '^[WE]:' "$state/log" && return
	rm -f "$list"
	[ -f "$list.old" ] && mv "$list.old" "$list"
	return 1
}

# Gets the lists of a suite from the first archive that has it.
update() {
	local suite=$1 uri sec lists

	command -v apt-get >/dev/null || skip "apt-get is not here: packages cannot be fetched"
	[ -r $keyring ] || skip "$keyring is missing: install debian-archive-keyring"
	say "reading the package lists of $suite"
	for uri in $(APT_CONFIG='' main_archives); do
		lists=("$uri $suite main")
		case $suite in
		*-*) lists+=("$uri ${suite%%-*} main") ;;
		esac
		for sec in $(APT_CONFIG='' security_archives); do
			try_sources "${lists[@]}" "$sec ${suite%%-*}-security main" && return
		done
		try_sources "${lists[@]}" && return
	done
	[ -n "${uri:-}" ] || skip "apt knows no archive here: set BPF_EVOLUTION_MIRROR"
	skip "$suite is not available (BPF_EVOLUTION_MIRROR= names a mirror of Debian): $(
		grep -m1 '^[EW]:' "$state/log" || echo 'no archive has it')"
}

ready() {
	setup "$1"
	[ -s "$state/sources.list" ] && [ -n "$(find "$state/lists" -name '*Packages*' -print -quit)" ] ||
		update "$1"
}

search() {
	ready "$1"
	apt-cache search --names-only "^($2)\$" | sed "s,[ ].*,," | sort -V
}

# Backports have a lower priority than the release that they are for, so they are asked for.
get() {
	local from=

	case $suite in *-*) from=$suite ;; esac
	(cd "$tmp" && apt-get -qq ${from:+-t "$from"} download "$@") 2>"$state/log"
}

# Gets the newest version of a package that the mirror still has: the lists may name
# versions that the mirror has already removed.
get_any() {
	local version

	for version in $(apt-cache madison "$1" | sed 's/^[^|]*| *\([^ ]*\) .*/\1/'); do
		get "$1=$version" && return
	done
	return 1
}

# If a download fails, the lists may be too old: this updates them, unless that was done minutes
# ago, and tries again.
download() {
	local name

	say "fetching $*"
	get "$@" && return
	[ -n "$(find "$state/sources.list" -mmin -10)" ] || update "$suite"
	for name; do
		get "$name" || get_any "$name" ||
			die "$suite: $(grep -m1 '^E:' "$state/log" || echo "it has no $name")"
	done
}

# unpack DIR NAME...: makes DIR with all of the packages, or does not make it at all.
unpack() {
	local dir=$1 tmp deb
	shift
	ready "$suite"
	mkdir -p "${dir%/*}" || die "${dir%/*} cannot be made"
	rm -rf "${dir%/*}"/.new.*	# left by runs that were killed
	tmp=$(mktemp -d "${dir%/*}/.new.XXXXXX") || die "${dir%/*} is not writable"
	trap 'rm -rf "$tmp"' EXIT
	download "$@"
	mkdir "$tmp/root"
	for deb in "$tmp"/*.deb; do
		dpkg -x "$deb" "$tmp/root" || die "${deb##*/} does not unpack"
	done
	chmod 755 "$tmp/root"
	[ "$mode" != -r ] || as_root "$tmp/root"
	mv "$tmp/root" "$dir" || die "$dir cannot be made"
	rm -rf "$tmp"
	trap - EXIT
}

# needed STATUS PACKAGE...: prints the names of what apt would have to install, if STATUS lists
# what is installed.
needed() {
	local status=$1
	shift
	apt-get -s -o Dir::State::status="$status" --no-install-recommends \
		-t "$suite" install "$@" 2>"$state/log" |
		sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

# unpack_all STATUS DIR PACKAGE...: makes DIR with all that is needed for the packages.
unpack_all() {
	local status=$1 dir=$2 all
	shift 2
	ready "$suite"
	all=$(needed "$status" "$@")
	[ -n "$all" ] || { update "$suite"; all=$(needed "$status" "$@"); }
	[ -n "$all" ] ||
		die "$suite: $(grep -m1 '^E:' "$state/log" || echo "$* needs nothing that is not installed")"
	unpack "$dir" $all
}

# Makes a directory with unpacked packages fit to be the root of a system, as their
# installation would: /bin, /lib and /sbin are in /usr, and links lead to what is in there.
as_root() {
	local dir link to

	for dir in bin sbin lib lib64 lib32; do
		[ -d "$1/$dir" ] && [ ! -L "$1/$dir" ] || continue
		mkdir -p "$1/usr/$dir" && cp -a "$1/$dir/." "$1/usr/$dir" && rm -r "${1:?}/$dir" &&
			ln -s "usr/$dir" "$1/$dir" || die "$1/$dir cannot be moved"
	done
	for dir in bin sbin lib; do
		[ -e "$1/$dir" ] || ln -s "usr/$dir" "$1/$dir"
	done
	find "$1" -type l -lname '/*' -print0 | while read -r -d '' link; do
		to=$(readlink "$link")
		ln -sfn "$(realpath -ms --relative-to="${link%/*}" "$1$to")" "$link"
	done
}

mode=plain
here=$(dpkg --print-architecture 2>/dev/null || sh "$(dirname "$0")/../arch.sh" "" debian)
arch=$here
if [ "${1:-}" = -a ] && [ $# -gt 1 ]; then
	arch=$2
	case $arch in
	''|*[!a-z0-9-]*) die "'$arch' is no name of an architecture" ;;
	esac
	[ "$arch" = "$here" ] || cache=$cache/$arch
	shift 2
fi
case ${1:-} in
-h|--help) usage; exit ;;
-i|-r|-s|-u) mode=$1; shift ;;
-*) usage >&2; exit 1 ;;
esac
suite=${1:-}
case $mode:$# in
-u:1|-i:2|-s:2|-r:[3-9]|-r:[1-9][0-9]) ;;
plain:0|plain:1|-*) usage >&2; exit 1 ;;
esac
shift
case $suite in
''|*[!a-z0-9-]*) die "'$suite' is no name of a suite" ;;
esac
mkdir -p "$cache/packages/$suite" 2>/dev/null && [ -w "$cache" ] ||
	die "$cache is not writable: set BPF_EVOLUTION_CACHE"

# One process at a time fetches from a suite: the next one finds what the first has fetched.
exec 9>"$cache/packages/$suite/.lock"
flock -n 9 || { say "waiting for another fetch from $suite"; flock 9; }

case $mode in
-u)
	setup "$suite"
	update "$suite"
	;;
-s)
	search "$suite" "$1"
	;;
-i)
	dir=$cache/packages/$suite/$1+
	[ -d "$dir" ] || unpack_all /var/lib/dpkg/status "$dir" "$1"
	echo "$dir"
	;;
-r)
	dir=$cache/packages/$suite/$1
	shift
	[ -d "$dir" ] || unpack_all /dev/null "$dir" "$@"
	echo "$dir"
	;;
plain)
	for name; do
		case $name in
		''|*[!A-Za-z0-9.+:~-]*) die "'$name' is no name of a package" ;;
		esac
		dir=$cache/packages/$suite/$name
		[ -d "$dir" ] || unpack "$dir" "$name"
		echo "$dir"
	done
	;;
esac
