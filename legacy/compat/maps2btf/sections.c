// SPDX-License-Identifier: GPL-2.0
/*
 * sections.c - the program type that libbpf 0.x derived from a section's name.
 *
 * This is the table of libbpf 0.3.  The names that 0.4 to 0.8 added ("tc", "usdt"...)
 * must match exactly and are the same in 1.0; the table has only those that begin with
 * a name of 0.3.  The order matters: the first match counts, so a longer name must come
 * before a shorter one that it begins with.
 */
#include <stddef.h>
#include <string.h>

#include "sections.h"

#define SEC(prefix, type, attach, name) { prefix, BPF_PROG_TYPE_##type, attach, name, false }
#define EXACT(name_, type, attach, name) { name_, BPF_PROG_TYPE_##type, attach, name, true }
#define CGROUP(what, type, attach, name) SEC("cgroup/" what, CGROUP_##type, BPF_CGROUP_##attach, \
					     "cgroup_" name)

static const struct compat_section sections[] = {
	SEC("socket", SOCKET_FILTER, 0, "socket_filter"),
	SEC("sk_reuseport", SK_REUSEPORT, 0, "sk_reuseport"),
	SEC("kprobe/", KPROBE, 0, "kprobe"),
	SEC("uprobe/", KPROBE, 0, "kprobe"),
	SEC("kretprobe/", KPROBE, 0, "kprobe"),
	SEC("uretprobe/", KPROBE, 0, "kprobe"),
	SEC("classifier", SCHED_CLS, 0, "sched_cls"),
	SEC("action", SCHED_ACT, 0, "sched_act"),
	SEC("tracepoint/", TRACEPOINT, 0, "tracepoint"),
	SEC("tp/", TRACEPOINT, 0, "tracepoint"),
	SEC("raw_tracepoint/", RAW_TRACEPOINT, 0, "raw_tracepoint"),
	SEC("raw_tp/", RAW_TRACEPOINT, 0, "raw_tracepoint"),
	SEC("tp_btf/", TRACING, BPF_TRACE_RAW_TP, "tracing"),
	SEC("fentry/", TRACING, BPF_TRACE_FENTRY, "tracing"),
	SEC("fentry.s/", TRACING, BPF_TRACE_FENTRY, "tracing"),
	SEC("fmod_ret/", TRACING, BPF_MODIFY_RETURN, "tracing"),
	SEC("fmod_ret.s/", TRACING, BPF_MODIFY_RETURN, "tracing"),
	SEC("fexit/", TRACING, BPF_TRACE_FEXIT, "tracing"),
	SEC("fexit.s/", TRACING, BPF_TRACE_FEXIT, "tracing"),
	SEC("freplace/", EXT, 0, "ext"),
	SEC("lsm/", LSM, BPF_LSM_MAC, "lsm"),
	SEC("lsm.s/", LSM, BPF_LSM_MAC, "lsm"),
	SEC("iter/", TRACING, BPF_TRACE_ITER, "tracing"),
	SEC("xdp_devmap/", XDP, BPF_XDP_DEVMAP, "xdp"),
	SEC("xdp_cpumap/", XDP, BPF_XDP_CPUMAP, "xdp"),
	EXACT("xdp/devmap", XDP, BPF_XDP_DEVMAP, "xdp"),
	EXACT("xdp/cpumap", XDP, BPF_XDP_CPUMAP, "xdp"),
	EXACT("xdp.frags/devmap", XDP, BPF_XDP_DEVMAP, "xdp"),
	EXACT("xdp.frags/cpumap", XDP, BPF_XDP_CPUMAP, "xdp"),
	SEC("xdp", XDP, BPF_XDP, "xdp"),
	SEC("perf_event", PERF_EVENT, 0, "perf_event"),
	SEC("lwt_in", LWT_IN, 0, "lwt_in"),
	SEC("lwt_out", LWT_OUT, 0, "lwt_out"),
	SEC("lwt_xmit", LWT_XMIT, 0, "lwt_xmit"),
	SEC("lwt_seg6local", LWT_SEG6LOCAL, 0, "lwt_seg6local"),
	SEC("cgroup_skb/ingress", CGROUP_SKB, BPF_CGROUP_INET_INGRESS, "cgroup_skb"),
	SEC("cgroup_skb/egress", CGROUP_SKB, BPF_CGROUP_INET_EGRESS, "cgroup_skb"),
	SEC("cgroup/skb", CGROUP_SKB, 0, "cgroup_skb"),
	CGROUP("sock_create", SOCK, INET_SOCK_CREATE, "sock"),
	CGROUP("sock_release", SOCK, INET_SOCK_RELEASE, "sock"),
	CGROUP("sock", SOCK, INET_SOCK_CREATE, "sock"),
	CGROUP("post_bind4", SOCK, INET4_POST_BIND, "sock"),
	CGROUP("post_bind6", SOCK, INET6_POST_BIND, "sock"),
	CGROUP("dev", DEVICE, DEVICE, "device"),
	CGROUP("bind4", SOCK_ADDR, INET4_BIND, "sock_addr"),
	CGROUP("bind6", SOCK_ADDR, INET6_BIND, "sock_addr"),
	CGROUP("connect4", SOCK_ADDR, INET4_CONNECT, "sock_addr"),
	CGROUP("connect6", SOCK_ADDR, INET6_CONNECT, "sock_addr"),
	CGROUP("sendmsg4", SOCK_ADDR, UDP4_SENDMSG, "sock_addr"),
	CGROUP("sendmsg6", SOCK_ADDR, UDP6_SENDMSG, "sock_addr"),
	CGROUP("recvmsg4", SOCK_ADDR, UDP4_RECVMSG, "sock_addr"),
	CGROUP("recvmsg6", SOCK_ADDR, UDP6_RECVMSG, "sock_addr"),
	CGROUP("getpeername4", SOCK_ADDR, INET4_GETPEERNAME, "sock_addr"),
	CGROUP("getpeername6", SOCK_ADDR, INET6_GETPEERNAME, "sock_addr"),
	CGROUP("getsockname4", SOCK_ADDR, INET4_GETSOCKNAME, "sock_addr"),
	CGROUP("getsockname6", SOCK_ADDR, INET6_GETSOCKNAME, "sock_addr"),
	CGROUP("sysctl", SYSCTL, SYSCTL, "sysctl"),
	CGROUP("getsockopt", SOCKOPT, GETSOCKOPT, "sockopt"),
	CGROUP("setsockopt", SOCKOPT, SETSOCKOPT, "sockopt"),
	SEC("sockops", SOCK_OPS, BPF_CGROUP_SOCK_OPS, "sock_ops"),
	SEC("sk_skb/stream_parser", SK_SKB, BPF_SK_SKB_STREAM_PARSER, "sk_skb"),
	SEC("sk_skb/stream_verdict", SK_SKB, BPF_SK_SKB_STREAM_VERDICT, "sk_skb"),
	SEC("sk_skb", SK_SKB, 0, "sk_skb"),
	SEC("sk_msg", SK_MSG, BPF_SK_MSG_VERDICT, "sk_msg"),
	SEC("lirc_mode2", LIRC_MODE2, BPF_LIRC_MODE2, "lirc_mode2"),
	SEC("flow_dissector", FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, "flow_dissector"),
	SEC("struct_ops", STRUCT_OPS, 0, "struct_ops"),
	SEC("sk_lookup/", SK_LOOKUP, BPF_SK_LOOKUP, "sk_lookup"),
};

const struct compat_section *compat_section(const char *name)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (sections[i].exact ? !strcmp(name, sections[i].prefix) :
		    !strncmp(name, sections[i].prefix, strlen(sections[i].prefix)))
			return &sections[i];
	return NULL;
}
