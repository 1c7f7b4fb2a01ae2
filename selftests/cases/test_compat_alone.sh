#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_compat_alone.sh - is legacy/compat independent of the rest of the suite?
#
# Copied elsewhere, it builds and passes its own tests.  And the suite uses only its include
# path, libcompat.a and maps2btf: code of the suite that includes a header of its inside does
# not compile.
#
#	test_compat_alone.sh	in the source tree; prints KTAP
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
VMLINUX_H=$(readlink -f "${OUT:-$top/.output}/modern/vmlinux.h")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$here/../ktap.sh"

mkdir "$tmp/tree"
cp -r "$top/legacy/compat" "$tmp/alone" && cp -r "$top"/{Makefile,samples,legacy,modern,selftests} "$tmp/tree" || exit 1
rm -rf "$tmp/alone/.output"
export VMLINUX_H
unset OUT BIN LOGS MAKEFLAGS MAKELEVEL

# A source of the suite that includes FILE: does it compile there?
compiles() {	# DIRECTORY/STEM FILE
	rm -f "$tmp/tree/.output/$1.o"	# it may be as new as the source
	echo "#include $2" >"$tmp/tree/$1.c"
	make -C "$tmp/tree" ".output/$1.o"
	status=$?
	rm "$tmp/tree/$1.c"
	return $status
}
breach() { ! compiles "$@" && grep -q 'fatal error: .*No such file' "$tmp/log"; }

echo "KTAP version 1"
ok "a program of libbpf 0.x finds compat's headers" compiles legacy/execmon-new_user '<bpf/libbpf.h>'
for inside in compat.h shims/compat.h maps2btf.h maps2btf/maps2btf.h sections.h; do
	ok "... but not $inside" breach legacy/execmon-new_user "\"$inside\""
	ok "nor does a test of the suite find $inside" breach selftests/cases/new "\"$inside\""
done
ok "copied elsewhere, it builds" make -C "$tmp/alone" -j2 WERROR=1
ok "... once" make -C "$tmp/alone" -q WERROR=1
ok "... into the directory that OUT= names" make -C "$tmp/alone" OUT="$tmp/named" "$tmp/named/bin/maps2btf"
ok "... and needs nothing of the suite" sh -c '! cat "$1"/.output/compat/*/*.d | grep "$2"' - \
	"$tmp/alone" "$(cd "$top" && pwd)/"
make -C "$tmp/alone" WERROR=1 VM='' FETCH='' check >"$tmp/all" 2>&1
status=$?
grep -A 20 '^ *not ok\|^failed' "$tmp/all" >"$tmp/log"
result $status "its own tests pass: $(grep -c '^ok' "$tmp/all") results"
ok "make help names what there is" sh -c 'make -C "$1" help | grep "^  fuzz "' - "$tmp/alone"
ok "clean removes what was built" sh -c 'make -C "$1" clean && [ ! -e "$1/.output" ]' - "$tmp/alone"
echo "1..$tests"
exit $failed
