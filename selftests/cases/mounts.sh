#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# mounts.sh - runs a command where bpffs, tracefs and debugfs are mounted nowhere, as
# on a system that has just been installed, or where all three are, as systemd does it.
#
#	mounts.sh none|all COMMAND [ARG...]	as root
#
# It runs in a new mount namespace, and the machine's own mounts stay as they are.
# Exit status: that of COMMAND, or 4 if no such namespace can be made.
die() { echo "mounts.sh: $*" >&2; exit 4; }

case ${1-} in
-h) sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
none | all)
	[ $# -gt 1 ] || { echo "mounts.sh: which command? (-h says more)" >&2; exit 1; }
	unshare --mount true || die "cannot make a mount namespace"
	exec unshare --mount "$0" "in-$@" ;;
in-none)
	shift
	while mounted=$(grep -cE ' - (bpf|tracefs|debugfs) ' /proc/self/mountinfo); do
		umount -a -l -t bpf,tracefs,debugfs || die "$mounted mounts remain"
	done ;;
in-all)
	shift
	while read -r type dir; do
		mountpoint -q "$dir" || mount -t "$type" "$type" "$dir" ||
			die "cannot mount a $type at $dir"
	done <<-END
	bpf /sys/fs/bpf
	debugfs /sys/kernel/debug
	tracefs /sys/kernel/tracing
	END
	;;
*) echo "mounts.sh: 'none' or 'all', and a command (-h says more)" >&2; exit 1 ;;
esac
exec "$@"
