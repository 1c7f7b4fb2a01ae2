# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# bin.sh - sets $bin, the directory of the built programs, for the tests that source it: BIN,
# OUT/bin, or .output/bin of the source tree, $top.  If equiv is not there, the test ends.
top=$(cd "$(dirname "$0")" && pwd)
until [ -z "$top" ] || [ -e "$top/selftests/bin.sh" ]; do
	top=${top%/*}
done
bin=${BIN:-${OUT:-$top/.output}/bin}
[ -x "$bin/equiv" ] || {
	echo "${0##*/}: there is no $bin/equiv: make first, or set OUT" >&2
	exit 4
}
bin=$(cd "$bin" && pwd)
