#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# write_count-percpu.bpftool - writes of each process from a per-CPU hash, by the
# bpftool command line.
#
# `bpftool map dump` prints the values of all possible CPUs below each key; awk
# adds them up.  The rest is write_count.bpftool.
# shellcheck disable=SC2034
flavour=-percpu largest=1 of_what=", CPU by CPU" merged="4 sum sum max"
# shellcheck source=legacy/write_count_bpftool.sh
. "$(dirname "$(readlink -f "$0")")/write_count.bpftool" || exit 1
