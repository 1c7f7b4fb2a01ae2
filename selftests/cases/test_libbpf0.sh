#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_libbpf0.sh - is X.libbpf0 built with a libbpf 0.x, or does it skip with the reason?
#
# It proves something only if it has no code of legacy/compat or of the installed
# libbpf.  Without a libbpf 0.x it must be a variant that skips, and the next make
# must build the real one as soon as there is a libbpf 0.x, without make clean.
# Environment: OUT (what was built).
set -u
export LC_ALL=C

top=$(cd "$(dirname "$0")/../.." && pwd)
out=$(cd "${OUT:-$top/.output}" 2>/dev/null && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset OUT MAKEFLAGS MAKELEVEL LIBBPF0_DIR
. "$top/selftests/ktap.sh"

[ -e "$out/.libbpf0" ] || { echo "test_libbpf0: $out is not built: make first" >&2; exit 4; }

build() { make -C "$top" OUT="$tmp/out" "$@" "$tmp/out/bin/execmon.libbpf0"; }

beside() {
	local source stem

	for source in "$top"/legacy/*_user.c; do
		stem=${source##*/} stem=${stem%_user.c}
		[ -x "$out/bin/$stem.libbpf0" ] || { echo "$stem has no libbpf0"; return 1; }
	done
}

skips() {
	"$tmp/out/bin/execmon.libbpf0"
	[ $? = 4 ] && grep -q '^execmon.libbpf0: no libbpf 0.x: ' "$tmp/log"
}

pure() {
	! grep -l 'legacy/compat\| /usr/include/bpf/' "$out"/libbpf0/*.d
}

linked() {
	local variant

	for variant in "$out"/bin/*.libbpf0; do
		! ldd "$variant" | grep libbpf && nm "$variant" | grep -q ' T bpf_object__unload$' &&
			! nm "$variant" | grep ' T \(maps2btf\|compat_\)' && continue
		echo "$variant: it is linked with libbpf.so, or with compat, or not with a libbpf 0.x"
		return 1
	done
}

echo "KTAP version 1"
echo 1..7
ok 'every family with a libbpf stage has a variant' beside
ok 'without a libbpf 0.x it is built' build LIBBPF0_DIR=/nonexistent
ok '... and skips, saying why' skips
if [ "$(cat "$out/.libbpf0")" = none ]; then
	for what in 'headers' 'library' 'rebuilt' 'once'; do
		skipped "$what" "there is no libbpf 0.x here: make libbpf0"
	done
	exit $failed
fi
ok 'it is compiled with the headers of the libbpf 0.x' pure
ok 'it is linked with the libbpf 0.x' linked
lib=$(cat "$out/.libbpf0")
ok 'once there is a libbpf 0.x, it is built again' build LIBBPF0_DIR="${lib%/lib*/libbpf.a}"
ok '... and then not again' make -C "$top" -q OUT="$tmp/out" LIBBPF0_DIR="${lib%/lib*/libbpf.a}" "$tmp/out/bin/execmon.libbpf0"
exit $failed
