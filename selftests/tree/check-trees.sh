#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check-trees.sh - the suite in four kernel trees, and its style.
#
#	check-trees.sh [VERSION...]
#
# The newest tree comes first: it has checkpatch.pl and kunit.py, which the others use.
# They run one after the other, since a guest that gets no CPU time is taken for one that
# hangs.  The first run fetches 130 MiB for each tree, and prepares it; later ones find it in
# the cache.  The cross compilers and sysroots for arm64 and s390 must be there (make deps
# ARCH=arm64), since nothing may be skipped.
here=$(cd "$(dirname "$0")" && pwd)

for version; do
	case $version in
	-h) sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
	*[!0-9.]* | '') echo "check-trees.sh: '$version' is no version (-h says more)" >&2; exit 1 ;;
	esac
done
if [ $# = 0 ]; then
	"$here/test_tree.sh" -p 7.3 || exit
	set -- 7.3 5.10 6.1 6.12
fi
for version; do
	set -- "$@" "noskip $here/test_tree.sh -a $version"
	shift
done
JOBS=${JOBS:-1} exec "$here/../check.py" "$@" "$here/../cases/test_style.sh"
