#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_tc.sh - does tc load an object of 2018 that maps2btf has converted?
#
# As iproute2 is linked with libbpf 1.x, tc prints "legacy map definitions in 'maps'
# section are not supported by libbpf v1.0+".  The test gives tc the same object twice,
# unconverted and converted.  Then the programs must count packets in the map, which is
# pinned where iproute2 has its pins.  The test runs in namespaces of its own for network
# and mounts, so it leaves nothing behind.
# Environment: see lib.sh.
. "$(dirname "$0")/lib.sh"

if [ "${1:-}" != inside ]; then
	tools "$bin/maps2btf" "$bpftool"
	version=$(tc -V 2>/dev/null) || skip_all "there is no tc: install iproute2 (make deps does)"
	[[ $version =~ libbpf\ [1-9] ]] || skip_all "$version: not linked with libbpf 1.0 or newer"
	[ "$(id -u)" = 0 ] || skip_all "not root: namespaces and tc need it"
	why=$(unshare -nm sh -c 'ip link set lo up && tc qdisc add dev lo clsact' 2>&1) ||
		skip_all "tc qdisc add dev lo clsact: $why"
	echo "KTAP version 1"
	echo "# $version"
	unshare -nm "$0" inside
	exit
fi

compile() {	# LAYOUT OBJECT
	bpf "$compat/tests/then/tc_kern.c" "$2" -DLAYOUT="$1"
}

refused() { ! tc filter add dev lo ingress bpf da obj "$1" sec ingress 2>"$tmp/err"; }

attached() {	# DIRECTION SECTION OBJECT [da]
	tc filter add dev lo "$1" bpf ${4-} obj "$3" sec "$2" &&
		tc filter show dev lo "$1" | tee "$tmp/show" &&
		grep -qF "${3##*/}:[$2] ${4:+direct-action }" "$tmp/show"
}

# Have both programs counted packets in the map that they share?  The small numbers are in the
# first or in the last byte, as the machine has it.
seen() {
	for _ in 1 2 3; do echo x >/dev/udp/127.0.0.1/9; done
	"$bpftool" map dump pinned /sys/fs/bpf/tc/globals/seen | tee "$tmp/values"
	[ "$(grep -c 'value: \(0[1-9a-f]\( 00\)*\|\(00 \)*0[1-9a-f]\) *$' "$tmp/values")" = 2 ]
}

told="legacy map definitions in 'maps' section are not supported by libbpf v1.0+"
mount -t bpf bpf /sys/fs/bpf && ip link set lo up && tc qdisc add dev lo clsact || exit 1
for layout in 9 7; do
	old=$tmp/old$layout.o new=$tmp/new$layout.o
	compile $layout "$old" || exit 1
	ok "definitions of $layout numbers: tc refuses them unconverted" refused "$old"
	ok "... because they are legacy map definitions" grep -F "$told" "$tmp/err"
	ok "... converted" "$bin/maps2btf" "$old" "$new"
	ok "... attached, direct action" attached ingress ingress "$new" da
	ok "... attached, as a classifier" attached egress classifier "$new"
	ok "... both count packets, in one map, pinned in tc/globals" seen
	tc filter del dev lo ingress
	tc filter del dev lo egress
	rm -f /sys/fs/bpf/tc/globals/seen
done
echo "1..$tests"
exit $failed
