#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_count.sh - does the runner notice in syscall_count an addition that is not
# atomic, a CPU, a thread id or a number that is ignored, a full map?  See mutants.sh.
#
#	test_syscall_count.sh		in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=syscall_count EVENTS=2400
mutants()
{
	cat <<-'END'
	same|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/||records|has room for 64 threads is green
	race|syscall_count.skel|bpf.c|s/add(count, 1)/*count += 1/|two_cpus|differs from what is expected|adds without an atomic to a map that all CPUs share
	cpu|syscall_count-percpu.skel|c|s/syscall_count_enters(i/if (i % slots) &/|two_cpus|differs from what is expected|leaves a CPU out of its sum
	tgid|syscall_count.skel|bpf.c|s/thread = bpf_get_current_pid_tgid()/thread = bpf_get_current_pid_tgid() >> 32/||differs from what is expected|uses the pid as the thread id
	number|syscall_count.skel|bpf.c|s/start->nr == nr/true/||differs from what is expected|pairs an enter with the exit of any call
	stale|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/; s/bpf_map_delete_elem.*//||differs from what is expected|has room for 64 threads, but leaves starts behind
	full|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/1/||differs from what is expected|has room for one thread
	total|syscall_count.raw|kern.c|/total_ns/d||cannot have taken no time|does not add up the time
	min|syscall_count-percpu.skel|bpf.c|s/l->not_min_ns < ~ns/l->not_min_ns > ~ns/||cannot have taken|reports the largest time as the least
	END
}

. "$(dirname "$0")/mutants.sh"
