#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check-host.sh - the families and the runner's own tests on this machine's own
# kernel, as root: what `make check` does in a VM, for a kernel that you have
# booted yourself.
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${OUT:-$here/../.output}" && pwd) || exit 1
[ "${1-}" != -h ] || { sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"; exit; }
[ $# = 0 ] || { echo "check-host.sh: '$1': it takes no arguments (-h says more)" >&2; exit 1; }
[ "$(id -u)" = 0 ] || {
	echo "check-host: needs root: variants load programs into this kernel" >&2
	exit 1
}
# One test after the other, since they share the kernel and its CPUs.
JOBS=1 exec "$here/check.py" "$out/bin/equiv -f ktap" "$out/bin/noise -- $out/bin/equiv -f ktap" \
	"$here/runner/test_equiv.sh" "$here/cases/check-formats.sh" "$here/cases/check-refusals.sh"
