#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_xdp.sh - do XDP programs of 2020 do the same with compat as with libbpf 0.3?
#
# The programs in then/xdp load, attach in generic mode, pin maps, reuse pinned maps,
# count for each CPU, redirect, sample and receive, in the style of the tutorials of
# that year, with their own, old <linux/bpf.h>.  Each is built once with a real libbpf
# 0.3 and once with compat.  Both are run through the same steps on veth devices, and
# must print the same.  The test runs in namespaces of its own for network and mounts,
# so it leaves nothing behind.
# Environment: see lib.sh.
. "$(dirname "$0")/lib.sh"
here=$compat/tests
cc=${CC:-cc}

# ---- the steps: test_xdp.sh inside DIR, in namespaces -----------------------------------

run() {
	echo "## $*"
	"$dir/$1" "${@:2}" 2>&1
	echo "## status $?"
}

inside() {
	local o=xdp_kern.o dir=$1 d

	mount -t bpf bpf /sys/fs/bpf &&
		echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 &&
		ip link add v0 type veth peer name v1 &&
		ip link add w0 type veth peer name w1 || return
	for d in v0 v1 w0 w1; do
		ip link set $d up || return
	done
	cd "$dir/.." || return
	run xdp_loader v0 ./nonexistent
	run xdp_loader v0 $o
	run xdp_loader v0 -
	run xdp_loader v0 each $o
	run xdp_loader v0 $o xdp_none
	run xdp_loader v0 $o xdp_pass
	ls /sys/fs/bpf/v0
	run xdp_stats v0 v1 10
	run xdp_loader v0 $o xdp_drop noexist
	run xdp_loader v0 $o xdp_drop
	run xdp_stats v0 v1 5
	run xdp_loader v0 $o xdp_redirect_map
	run xdp_stats redirect v0 w0
	run xdp_stats v0 v1 7
	run xdp_loader v0 -
	run xdp_loader v0 -
	run xdp_sample v0 $o v1 3
	run xdp_stats w0
	[ -x "$dir/xdp_socket" ] || return 0
	run xdp_socket w0 $o xdp_drop w1 6
	run xdp_socket v0 $o xdp_sock v1 6
}

if [ "${1:-}" = inside ]; then
	inside "$2"
	exit
fi

# ---- building them ----------------------------------------------------------------------

[ "$libbpf0" != none ] || skip_all "there is no libbpf 0.x: name one with LIBBPF0_DIR="
command -v ip >/dev/null || skip_all "there is no ip: install iproute2 (make deps does)"
[ "$(id -u)" = 0 ] || skip_all "not root: namespaces and XDP need it"
why=$(unshare -nm sh -c 'mount -t bpf bpf /sys/fs/bpf && ip link add v0 type veth peer name v1' 2>&1) ||
	skip_all "cannot create a veth device: $why"

mkdir "$tmp/then" "$tmp/now"
build() {	# then|now PROGRAM FLAG... LIBRARY...
	$cc -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-deprecated-declarations -I"$tmp/headers" "${@:3}" \
		-o "$tmp/$1/$2" "$here/then/xdp/$2.c" $libraries -lelf -lz
}
on_0() { libraries=$libbpf0 build then "$1" -I"$libbpf0_include"; }
on_compat() {	# PROGRAM [libxdp]
	libraries="${2:+$xdp_libs} $out/libcompat.a ${LIBBPF_LIBS--lbpf}" build now "$1" \
		"${compat_flags[@]}" ${2:+$xdp_cflags}
}

# libxdp has the sockets now: take the installed one, or unpack that of the distribution.
find_libxdp() {
	local package

	xdp_cflags='' xdp_libs=-lxdp
	echo '#include <xdp/xsk.h>' | $cc -std=gnu11 -fsyntax-only -x c - 2>/dev/null && return
	package=$(fetch "$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")" \
		libxdp-dev 2>"$tmp/fetch" | tail -n 1)
	why=$(tail -n 1 "$tmp/fetch")
	xdp_cflags=-I$package/usr/include
	xdp_libs=$(echo "$package"/usr/lib/*/libxdp.a)
	[ -e "$xdp_libs" ]
}

same() {
	diff "$tmp/then.out" "$tmp/now.out"
}

steps() {	# then|now
	unshare -nm "$0" inside "$tmp/$1" >"$tmp/$1.out" 2>&1 && grep -c '^## status' "$tmp/$1.out"
}

echo "KTAP version 1"
ok "an old linux/bpf.h can be made" "$here/then/old_uapi.sh" "$tmp/headers"
ok "the BPF programs compile" bpf "$here/then/xdp/xdp_kern.c" "$tmp/xdp_kern.o" -g -I"$tmp/headers"
for program in xdp_loader xdp_stats xdp_sample; do
	ok "$program builds with libbpf 0.3" on_0 $program
	ok "$program builds with compat" on_compat $program
done
if find_libxdp; then
	ok "xdp_socket builds with libbpf 0.3" on_0 xdp_socket
	ok "xdp_socket builds with compat" on_compat xdp_socket libxdp
else
	skipped "xdp_socket builds with libbpf 0.3" "no libxdp: $why"
	skipped "xdp_socket builds with compat" "no libxdp: $why"
fi
ok "the programs run with libbpf 0.3" steps then
ok "the programs run with compat" steps now
ok "the programs print the same" same
ok "... each CPU's counters" grep -x 'XDP_PASS *10 packets 1000 bytes' "$tmp/now.out"
ok "... redirected packets" grep -x 'XDP_REDIRECT *7 packets 700 bytes' "$tmp/now.out"
ok "... samples" grep -x '3 samples' "$tmp/now.out"
if [ -x "$tmp/now/xdp_socket" ] && ! grep -q 'xsk_umem__create(): -' "$tmp/then.out"; then
	ok "... frames that the socket has received" grep -x 'received 6 frames, 600 bytes' "$tmp/now.out"
else
	skipped "... frames that the socket has received" "no libxdp, or this kernel has no AF_XDP"
fi
echo "1..$tests"
exit $failed
