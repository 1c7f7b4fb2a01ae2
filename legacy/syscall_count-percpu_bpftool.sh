#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# syscall_count-percpu.bpftool - system calls by number from per-CPU arrays, by
# the bpftool command line.
#
# `bpftool map dump` prints the values of all possible CPUs below each key; awk
# adds them up, and takes the least and the largest.  The rest is
# syscall_count.bpftool.
# shellcheck disable=SC2034
maps_are=per-CPU flavour=-percpu
# shellcheck source=legacy/syscall_count_bpftool.sh
. "$(dirname "$(readlink -f "$0")")/syscall_count.bpftool" || exit 1
