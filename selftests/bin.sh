# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# bin.sh - sets $bin, the directory of what was built, for the tests that source it: BIN,
# that of OUT, or that of the source tree.  If it is not there, the test ends.
bin=${BIN:-${OUT:-$(dirname "$0")/../.output}/bin}
[ -x "$bin/equiv" ] || {
	echo "${0##*/}: there is no $bin/equiv: make first, or set OUT" >&2
	exit 4
}
bin=$(cd "$bin" && pwd)
