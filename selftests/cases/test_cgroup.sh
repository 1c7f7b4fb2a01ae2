#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_cgroup.sh - checks the cgroup of a COMMAND: no other variant removes it while its
# owner lives, whatever namespaces both are in; every other one does afterwards; and
# cgroup2 is found on machines that have mounted it at an unusual path.
#
#	OUT=DIR test_cgroup.sh	root, a built tree; prints KTAP
. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
part=bpf_evolution_part.$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"
. "$(dirname "$0")/check-leaks.sh"
export bin tmp part

"$bin/execmon.raw" -- true >"$tmp/log" 2>&1 || {
	echo "test_cgroup.sh: execmon.raw cannot run here: $(tail -n 1 "$tmp/log")" >&2
	exit 4
}
cgroups=$(cgroup2_mounts | head -n 1)
stages=(raw)
"$bin/execmon.bpftool" -- true >"$tmp/log" 2>&1 && stages+=(bpftool)
elsewhere=("unshare --mount" "unshare --pid --fork --mount-proc")
unshare --time --fork --boottime 100000 true 2>/dev/null &&
	elsewhere+=("unshare --time --fork --boottime 100000")

echo "KTAP version 1"

# Variants that start beside it, in whatever namespace, must not end the COMMAND.
# shellcheck disable=SC2016
held='ls -l /proc/self/fd >"$1"; echo >"$0"; read -r _ <"$2"'
for stage in "${stages[@]}"; do
	rm -f "$tmp"/{hello,go}
	mkfifo "$tmp"/{hello,go}
	"$bin/execmon.$stage" -- sh -c "$held" "$tmp/hello" "$tmp/fds" "$tmp/go" \
		>"$tmp/log" 2>&1 &
	timeout 300 head -n 1 "$tmp/hello" >"$tmp/others"
	for where in "${elsewhere[@]}"; do
		for other in "${stages[@]}"; do
			# In a pid namespace it refuses to run, after or before it has swept.
			$where "$bin/execmon.$other" -- true
		done
		$where "$bin/equiv" -n 1 execmon
	done >"$tmp/others" 2>&1
	# If COMMAND is dead, there is no reader of this FIFO.
	timeout 300 sh -c 'echo >"$1"' sh "$tmp/go"
	wait $!
	status=$?
	! grep -q "ended by signal" "$tmp/log" && [ $status = 0 ]
	result $? "$stage: variants start in other namespaces, and its command lives"
	! grep bpf_evolution "$tmp/fds" >"$tmp/log"
	result $? "$stage: the command does not inherit the lock"
done

# A cgroup without owner is removed with the processes in it, from whatever namespace.
for stage in "${stages[@]}"; do
	for where in env "${elsewhere[@]}"; do
		case $where in *--pid*) continue ;; esac
		left="$cgroups/bpf_evolution.1.lock-left$$"
		mkdir -p "$left/below"
		(sleep 1000 & echo $! >"$left/below/cgroup.procs")
		$where "$bin/execmon.$stage" -- true >"$tmp/log" 2>&1
		[ ! -e "$left" ]
		result $? "$stage: ${where%% --fork*}: it removes a cgroup that has no owner"
	done
done

# A child that the owner had just started holds the lock a moment longer than its owner.
for stage in "${stages[@]}"; do
	"$bin/test_cgroup" dying >"$tmp/left" 2>"$tmp/log"
	left=$(<"$tmp/left")
	[ -d "$left" ] && "$bin/execmon.$stage" -- true >"$tmp/log" 2>&1 && [ ! -e "$left" ]
	result $? "$stage: it removes a cgroup whose owner is dying"
done

# While one process sweeps, another has just made a cgroup, and not yet locked it.
"$bin/test_cgroup" sweep &
sweeper=$!
ok "a process makes cgroups while another one sweeps" "$bin/test_cgroup" make 500
kill -KILL $sweeper
wait $sweeper 2>/dev/null
ok "an owner is killed at any moment, and its guard removes its cgroup" \
	"$bin/test_cgroup" guard 200

# Where cgroup2 may be mounted.  This runs in a mount namespace, first without any cgroup2.
# shellcheck disable=SC2016
mounted() { # NAME SETUP
	ok "cgroup2 $1" unshare --mount --propagation private bash -ec '
		mkdir -p "$tmp"/{1,2}
		umount -l -a -t cgroup2
		eval "$1"
		"$bin/equiv" -f ktap -n 5 execmon
		for stage in "${@:3}"; do
			"$bin/execmon.$stage" -f records -- grep ^0:: /proc/self/cgroup |
				tee "$tmp/records"
			grep "^0::/$2/*bpf_evolution\.[0-9]*\.lock-" "$tmp/records"
			grep -q "^count execs=1 comm=grep" "$tmp/records"
			grep -q "^exec .*comm=grep" "$tmp/records"
		done' bash "$2" "${3-}" "${stages[@]}"
}
# shellcheck disable=SC2016
{
	mounted "is at a path with a space and other special characters" '
		odd="$tmp/a 5\\041 %s	\$(exit 1) *#"
		mkdir "$odd"
		mount -t cgroup2 none "$odd"'
	mounted "is mounted twice, and the first is read-only" '
		mount -t cgroup2 none "$tmp/1"
		mount -o remount,bind,ro "$tmp/1"
		mount -t cgroup2 none "$tmp/2"'
	mounted "is mounted twice, and the first is hidden" '
		mount -t cgroup2 none "$tmp/1"
		mount -t tmpfs none "$tmp/1"
		mount -t cgroup2 none "$tmp/2"'
	mounted "is mounted twice, and the first is only a part of it" '
		mount -t cgroup2 none "$tmp/2"
		mkdir -p "$tmp/2/$part"
		mount --bind "$tmp/2/$part" "$tmp/1"
		umount "$tmp/2"
		mount -t cgroup2 none "$tmp/2"'
	mounted "is mounted only in part" '
		mount -t cgroup2 none "$tmp/2"
		mkdir -p "$tmp/2/$part"
		mount --bind "$tmp/2/$part" "$tmp/1"
		umount "$tmp/2"' "$part"
}
rmdir "$cgroups/$part"

echo "1..$tests"
exit $failed
