#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# test_snippets.sh - runs the well-known snippets (test_snippets.c) in a guest, whose
# kernel has kprobes, and two CPUs, between which updates are lost.
# Environment: OUT, KERNEL.
here=$(cd "$(dirname "$0")" && pwd)

# Updates are lost only between CPUs that really run at the same time.
VM_THREAD=multi exec "$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -- test_snippets
