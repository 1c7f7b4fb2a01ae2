#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# deps.sh - installs the packages for building and testing, on Debian and its derivatives.
#
# `make deps` runs it on a machine that may have nothing but git and make.  check-deps.sh tries
# each tool and library, and prints what is missing.  So a compiler or libbpf that you have
# built yourself is enough, and one that is installed but does not work counts as missing.
# deps.sh says what it installs and why.  If nothing is missing, it does nothing, and does not
# ask for root.
set -u
here=$(cd "$(dirname "$0")" && pwd)

say() { echo "deps.sh: $*" >&2; }

# Prints lines "PACKAGES|INSTEAD	WHAT: REASON".  make looks for libbpf and bpftool.
missing() { env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$here/.." check-deps DEPS=-a; }
list() { echo "$lines" | awk -F '\t' '{ sub(/\|.*/, "", $1); printf "  %-24s %s\n", $1, $2 }' >&2; }

lines=$(missing) || exit 1
if [ -z "$lines" ]; then
	say "nothing is missing"
	exit 0
fi
say "missing here:"
list

id=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}")
case " $id " in
*" debian "* | *" ubuntu "*) ;;
*)
	say "this is not Debian: install the packages that correspond to these by hand"
	exit 4
	;;
esac
command -v apt-get >/dev/null || { say "apt-get is missing: install these packages by hand"; exit 4; }
# packages 1: prints the PACKAGES of all $lines, the first choice; packages 2: their INSTEAD.
packages() {
	echo "$lines" | cut -f 1 | awk -F '|' -v n="$1" '{ print $n }' | tr ' ' '\n' | grep . | sort -u
}
root=
if [ "$(id -u)" -ne 0 ] && [ -n "$(packages 1)" ]; then
	command -v sudo >/dev/null || {
		say "neither root nor sudo: as root, run apt-get install" $(packages 1)
		exit 4
	}
	root=sudo
fi

get() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@" >&2
}
can() { apt-get -s -qq --no-install-recommends install "$@" 2>&1 >/dev/null; }

# install PACKAGE...: installs all together.  Leaves out and names those that apt cannot install.
install() {
	local package all="$*"

	[ -n "$all" ] || return
	# The lists may be absent, or older than the archive.
	if ! can "$@" >/dev/null || ! get install "$@"; then
		say "reading the package lists again"
		get update
		for package; do
			shift
			if why=$(can "$package"); then
				set -- "$@" "$package"
			else
				say "apt cannot install $package:" $why
			fi
		done
		[ $# = 0 ] || get install "$@" || for package; do
			get install "$package" || say "apt-get install $package failed: see above"
		done
	fi
}
# Some things can be tried only after others are installed: headers need a compiler.  And if a
# package is not available, or does not work, a second one may.  So this is done repeatedly.
done=
new() { packages "$1" | grep -vxF "$done"; }
while [ -n "$lines" ]; do
	more=$(new 1)
	[ -n "$more" ] || more=$(new 2)
	[ -n "$more" ] || break
	say "installing" $more
	install $more
	done="$done
$more"
	lines=$(missing) || exit 1
done

[ -z "$lines" ] || {
	say "still missing, or not as it should be:"
	list
	exit 1
}
say "all is there"
