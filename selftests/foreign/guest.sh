#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh - runs a command in a guest that has the tools of bpftrace, bcc and libbpf-tools.
#
#	guest.sh [-k KERNEL] equiv --with stages execmon
#	guest.sh [-k KERNEL] equiv --pair opensnoop-bpfcc opensnoop -- ls
#
# "stages" is a copy of this directory.  Emulated, bpftrace and bcc take minutes to compile.
# The packages come from this machine's distribution, by guest/fetch.sh, and are only unpacked.
# bcc compiles its programs when they run, so it also gets the headers of the guest's kernel,
# and a Python.  On a kernel whose headers are not available the tools of bcc are skipped.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
fetch=$here/../guest/fetch.sh
bin=${OUT:-$here/../../.output}/bin
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
read -r arch triplet <<<"$("$here/../arch.sh" '' arch triplet)"
kernel=6.1
while getopts k:h opt; do
	case $opt in
	k) kernel=$OPTARG ;;
	*) sed -n 's/^# \{0,1\}//; 4,9p' "$0"; [ "$opt" = h ]; exit ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- equiv -f table --with stages

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
mkdir -p "$tmp/tools/usr/lib" "$tmp/stages" "$tmp/headers"
cp -rL "$bin/." "$tmp" && cp "$here"/*.* "$tmp/stages" || exit

for package in bpftrace bpfcc-tools libbpf-tools; do
	dir=$("$fetch" -i "$suite" $package) && cp -r "$dir/." "$tmp/tools" ||
		echo "guest.sh: $package is not available: its tools will be skipped" >&2
done
# Python opens this one by its name, so it is in no list of libraries.
cp /lib/*/librt.so.1 "$tmp/tools/usr/lib/$triplet"
rm -rf "$tmp"/tools/usr/share "$tmp"/tools/var

# A Python, without what it has for development.
python=$(readlink -f /usr/bin/python3) version=${python##*/}
mkdir -p "$tmp/tools/usr/bin" "$tmp/tools/usr/lib/$version"
cp "$python" "$tmp/tools/usr/bin/python3"
(cd "/usr/lib/$version" && tar -c --exclude test --exclude 'config-*' --exclude idlelib \
	--exclude __pycache__ .) | tar -x -C "$tmp/tools/usr/lib/$version"

# headers RELEASE SUITE: the parts of them that compile for BPF.
headers() {
	local build common

	build=$("$fetch" "$2" "linux-headers-$1") &&
		common=$("$fetch" "$2" "linux-headers-${1%-cloud-*}-common") &&
		cp -r "$build/usr/src/linux-headers-$1" "$tmp/headers/build" &&
		mkdir -p "$tmp/headers/source/arch" &&
		cd "$common/usr/src"/*-common && cp -r include "$tmp/headers/source" &&
		cp -r "arch/$arch" "$tmp/headers/source/arch"
}
image=$("$here/../guest/vm.sh" -k list | sed -n "s/^$kernel  *\([^ ]*\)$/\1/p")
release=${image##*/}
from=${image#*/packages/}
if [ -n "$image" ]; then
	[ "$release" != vmlinuz ] || release=$(basename "${image%/*}")
	(headers "${release#vmlinuz-}" "${from%%/*}")
fi

cat >"$tmp/with-tools" <<'END'
#!/bin/sh
tools=/suite/tools/usr
export PATH=$PATH:$tools/sbin:$tools/bin
export LD_LIBRARY_PATH=$(echo $tools/lib/*-linux-gnu)
export PYTHONPATH=$tools/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
# There is no /etc/localtime, and opensnoop of libbpf-tools would open it for each event, which
# is an event.
export TZ=UTC0
ln -s $tools/bin/python3 /usr/bin/python3
mkdir -p "/lib/modules/$(uname -r)"
ln -s /suite/headers/build /suite/headers/source "/lib/modules/$(uname -r)"
exec "$@"
END
chmod 755 "$tmp/with-tools"
find "$tmp" -xtype l -delete	# links into packages that are not here
"$here/../guest/vm.sh" -k "$kernel" -c 2 -m 4096 -t 7200 -d "$tmp" -- with-tools "$@"
