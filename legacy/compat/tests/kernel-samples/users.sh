#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# users.sh - do the 5.10 kernel's own samples/bpf/*_user.c work, unattended?
#
#	users.sh DIR...
#
# Each DIR holds the same programs, linked with one libbpf; kern/ has their BPF objects,
# compiled for this kernel.  The script runs in the guest of check-legacy.sh, as it
# creates interfaces and reads trace_pipe.  Most of these programs return 0 whatever
# happens, and some never return, so their output shows if they work.  Lines on stdout,
# separated by tabs: DIR, NAME, "ran", "failed" or "needs", and why.  Before each of
# them comes a line with "died", which is the last one if the kernel crashes.  The last
# line is "end".
# Environment: ONLY, names of programs; LIMIT, seconds (60); V=1 prints their output.
set -um
export LC_ALL=C
cd "$(dirname "$0")" || exit 1

# The name; a command to run at the same time; the command of the program; a pattern of
# what it prints when it works; what a guest lacks for that, if anything.
all() {
	try cpustat : ./cpustat 'CPU-0' cpufreq
	try ibumad : ./ibumad Read InfiniBand
	try lathist : ./lathist 'CPU 0' 'a kernel that traces preemption'
	try lwt_len_hist : lwt ': [1-9][0-9]* *\|'
	try map_perf_test : './map_perf_test 511 1 1000 1000' 'array_lookup [1-9]'
	try offwaketime : './offwaketime 2' ';-;.*;.* [1-9]'
	try sampleip : './sampleip -F 99 3' '0x[0-9a-f]+ +[^ ]+ +[1-9]'
	try sockex1 : ./sockex1 'ICMP [1-9]'
	try sockex2 : ./sockex2 'ip 127.0.0.1 bytes [1-9]'
	try sockex3 : './sockex3 ping' '127.0.0.1.[0-9]+ -> 127.0.0.1'
	try spintest : ./spintest 'kprobing funcs: [a-z_]'
	try syscall_tp : './syscall_tp -i 2' 'prog #1: map ids .* status 0'
	try task_fd_query : ./task_fd_query 'status 0'
	try tc_l2_redirect : redirect 'OK.*OK.*OK.*OK'
	try test_current_task_under_cgroup : ./test_current_task_under_cgroup 'status 0'
	try test_map_in_map : ./test_map_in_map 'Array of Array: Pass.*Hash of Hash: Pass'
	try test_overhead : './test_overhead 84 1' 'RAW_TRACEPOINT.*events per sec' 'urandom_read() (before 5.10.119)'
	try test_probe_write_user : ./test_probe_write_user 's peer address: 127.0.0.1'
	try trace_event : ./trace_event 'HW_CPU_CYCLES.*;.* [1-9]' 'a CPU that counts its cycles'
	try trace_output : ./trace_output 'recv [1-9][0-9]* events'
	try tracex1 : ./tracex1 'skb .* len [1-9]'
	try tracex2 : ./tracex2 'location 0x.* count [1-9].*write\(\) stats.* : [1-9]'
	try tracex3 : './tracex3 -t' 'heatmap of IO latency.*#'
	try tracex4 allocate ./tracex4 'obj 0x.* is +[0-9]+sec old'
	try tracex5 : ./tracex5 'trace_printk: mmap'
	try tracex6 : ./tracex6 'CPU 0: counter: [1-9]'
	try tracex7 : './tracex7 /dev/none' open_ctree 'a btrfs'
	try xdp1 : './xdp1 -S v0' 'proto 1: +[1-9]'
	try xdp_adjust_tail large './xdp_adjust_tail -i v0 -T 9 -S' 'sent: +[1-9]'
	try xdp_fwd : './xdp_fwd -S v0 w0 && ip link show v0 && ./xdp_fwd -S -d v0 w0' 'xdpgeneric.*status 0'
	try xdp_monitor redirected './xdp_monitor -S -s 1' 'XDP_REDIRECT +total +[1-9]'
	try xdp_redirect : './xdp_redirect -S v0 w0' ': +[1-9][0-9]* pkt/s'
	try xdp_redirect_cpu : './xdp_redirect_cpu -d v0 -c 0 -s 1 -z -n -p xdp_cpu_map0' 'XDP-RX +total +[1-9]'
	try xdp_redirect_map : './xdp_redirect_map -S v0 w0' ': +[1-9][0-9]* pkt/s'
	try xdp_router_ipv4 : './xdp_router_ipv4 -S v0 w0' 'ROUTE TABLE.*ARP TABLE.*200090a'
	try xdp_rxq_info : './xdp_rxq_info -S -d v0 -s 1 -z' 'XDP-RX CPU +total +[1-9]'
	try xdp_sample_pkts : './xdp_sample_pkts -S v0' 'Pkt len: +[1-9]'
	try xdp_tx_iptunnel connect './xdp_tx_iptunnel -i v0 -a 10.9.0.1 -p 80 -s 10.9.1.1 -d 10.9.1.2 -m 2:0:0:0:0:1 -S' 'proto 6: sum: +[1-9]'
}

# ---- what the programs need: network, and commands that run at the same time ------------------------------------------------------

# Two pairs of interfaces, whose far ends are in other namespaces; v0 is pinged all the
# time.
network() {
	ip link add v0 type veth peer name v1 && ip link add w0 type veth peer name w1 &&
		ip netns add far && ip netns add away &&
		ip link set v1 netns far && ip link set w1 netns away &&
		ip addr add 10.9.0.1/24 dev v0 && ip addr add 10.9.1.1/24 dev w0 &&
		ip link set v0 up && ip link set w0 up &&
		ip -n far addr add 10.9.0.2/24 dev v1 && ip -n far link set v1 up &&
		ip -n away addr add 10.9.1.2/24 dev w1 && ip -n away link set w1 up || return
	ip netns exec far ping 10.9.0.1 >/dev/null 2>&1 &
}
redirected() { ./xdp_redirect -S v0 w0; }
allocate() { while :; do sleep 3; done; }
large() { ip -n far route flush cache; ip netns exec far ping -s 1000 10.9.0.1 >/dev/null 2>&1; }
connect() { while ! ip netns exec far nc -w 1 10.9.0.1 80 </dev/null; do :; done >/dev/null 2>&1; }

# These two read a map that iproute2 has pinned as it loaded the object.
lwt() {
	ip route del 10.9.1.2/32 2>/dev/null
	rm -f /sys/fs/bpf/tc/globals/lwt_len_hist_map
	ip route add 10.9.1.2/32 encap bpf xmit obj lwt_len_hist_kern.btf.o section len_hist dev w0 &&
		ping -c 2 10.9.1.2 && ./lwt_len_hist
}
redirect() { sed 's/_kern.o/_kern.btf.o/' tc_l2_redirect.sh >redirect.sh && bash redirect.sh; }

# ---- running each program -----------------------------------------------------------

# watch PATTERN: reads the output until it matches, else sets why.
watch() {
	local line text= last=

	why=
	while read -r line <&5; do
		text="$text $line"
		echo "$line" >>"$tmp/log"
		if [[ $text =~ $1 ]]; then
			why=
			return
		fi
		[[ $line =~ ^status\ [0-9]+$ ]] && break
		[[ -z $why && $line =~ [Ee]rror|ERROR|[Ff]ail|FAIL ]] && why=$line
		last=$line
	done
	why=${why:-$last}
	return 1
}

try() {	# NAME BESIDE COMMAND PATTERN [LACKS]
	local pids verdict=ran v

	[[ " ${ONLY:-$1} " = *" $1 "* ]] || return
	printf '%s\t%s\tdied\n' "$dir" "$1"
	rm -f "$tmp/fifo" "$tmp/log"
	mkfifo "$tmp/fifo" && exec 5<>"$tmp/fifo" || exit 1
	"$2" >/dev/null 2>&1 &
	pids=$!
	{
		trap : INT	# trace_output interrupts its whole group
		timeout --foreground -s INT -k 5 "$limit" stdbuf -oL bash -c "$3" 2>&1
		echo "status $?"
	} >&5 </dev/null &
	pids="$pids $!"
	watch "$4" || verdict=failed
	[ $verdict = ran ] || [ -z "${5-}" ] || verdict=needs why="$5: $why"
	for v in $pids; do
		kill -TERM -- -$v && wait $v
	done 2>/dev/null
	for v in v0 w0; do
		ip link set dev $v xdpgeneric off && ip link set dev $v xdp off
	done 2>/dev/null
	printf '%s\t%s\t%s\t%s\n' "$dir" "$1" $verdict "$why"
	[ -z "${V:-}" ] || sed "s/^/# $dir $1: /" "$tmp/log" >&2
}

limit=${LIMIT:-60}
tmp=$(mktemp -d) || exit 1
export -f lwt redirect
echo 127.0.0.1 localhost >/etc/hosts
mkdir -p /mnt
ulimit -l unlimited	# 5.10 limits locked memory, and some programs do not raise it
for m in veth tunnel4 tunnel6 ip_tunnel ipip ip6_tunnel sch_ingress cls_bpf; do
	[ ! -e $m.ko ] || insmod ./$m.ko
done
network || echo "users: cannot create the network: iproute2 or the module veth is missing" >&2
for dir; do
	cp -s "$PWD"/kern/* "$dir/" && cd "$dir" || exit 1
	all
	cd ..
done
echo end
