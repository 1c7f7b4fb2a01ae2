#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_trace_output.sh - does the runner notice in trace_output the flags of the historic
# sample, which are right only on CPU 0, a wrong hook, record or filter?  See mutants.sh.
#
#	test_trace_output.sh		in the source tree, built; as root where this kernel
#					has kprobes, otherwise in guests; prints KTAP

# shellcheck disable=SC2034
family=trace_output guest=yes
mutants()
{
	cat <<-'END'
	same|trace_output.skel|bpf.c|||records|is not changed is green
	index|trace_output.raw|kern.c|s/BPF_F_CURRENT_CPU/0/|two_cpus|lost [0-9]* of .*EOPNOTSUPP, the ring was not that of its CPU|sends to the ring of CPU 0 alone
	cookie|trace_output.skel|bpf.c|s/= TRACE_OUTPUT_COOKIE/= TRACE_OUTPUT_COOKIE + 1/||differs from what is expected|sends a wrong cookie
	half|trace_output.skel|bpf.c|s/event->cookie = .*/*(__u32 *)\&event->cookie = (__u32)TRACE_OUTPUT_COOKIE;/||differs from what is expected|sends half of the cookie
	thread|trace_output.raw|kern.c|s/= bpf_get_current_pid_tgid();/= bpf_get_current_pid_tgid() >> 32;/||differs from what is expected|reports the pid as the thread id
	hook|trace_output.skel|bpf.c|s/ksyscall.write/kprobe\/vfs_write/||differs from what is expected|is attached to vfs_write(), which other calls run, too
	call32|trace_output.skel|bpf.c|s/ksyscall.write/kprobe\/ksys_write/||expected: 0 missing, [1-9][0-9]* too many|is attached to ksys_write(), which 32-bit calls run, too
	below|trace_output.skel|modern/lib/observed.bpf.h|s/return observed_ancestor()/return bpf_get_current_cgroup_id()/||expected: [1-9][0-9]* missing, 0 too many|observes one cgroup, and not those below it
	END
}

. "$(dirname "$0")/mutants.sh"
