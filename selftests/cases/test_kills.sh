#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_kills.sh - some of `make check-kills`: after a SIGKILL, whoever is hit and whenever,
# nothing is left.  Each time others are hit.
#
#	OUT=DIR test_kills.sh	root, a built tree; prints KTAP
. "$(dirname "$0")/../bin.sh"
exec "$bin/kills" -n 30
