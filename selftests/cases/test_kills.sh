#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_kills.sh - a short `make check-kills`: after a SIGKILL of any process at any moment,
# nothing is left.  Each run hits other variants at other moments.
#
#	OUT=DIR test_kills.sh	root, a built tree; prints KTAP
. "$(dirname "$0")/../bin.sh"
exec "$bin/kills" -n 30
