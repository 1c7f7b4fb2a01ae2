#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_trace_output.sh - does trace_output notice the flags of the historic sample,
# which are right on CPU 0 only, a wrong hook, a wrong record?  See mutants.sh.
#
#	test_trace_output.sh		in the source tree, built; in guests, but where this
#					kernel has kprobes, as root; prints KTAP

# shellcheck disable=SC2034
family=trace_output guest=yes
mutants()
{
	cat <<-'END'
	same|trace_output.skel|bpf.c|||records|is changed in nothing is right
	index|trace_output.raw|kern.c|s/BPF_F_CURRENT_CPU/0/|two_cpus|lost [0-9]* of .*EOPNOTSUPP, the ring was not that of its CPU|sends to the ring of CPU 0 alone
	cookie|trace_output.skel|bpf.c|s/= TRACE_OUTPUT_COOKIE/= TRACE_OUTPUT_COOKIE + 1/||differs from what is expected|sends a wrong cookie
	thread|trace_output.raw|kern.c|s/= bpf_get_current_pid_tgid();/= bpf_get_current_pid_tgid() >> 32;/||differs from what is expected|takes a process for a thread
	hook|trace_output.skel|bpf.c|s/ksyscall.write/kprobe\/vfs_write/||differs from what is expected|sees what is behind write(2), and other calls
	END
}

. "$(dirname "$0")/mutants.sh"
