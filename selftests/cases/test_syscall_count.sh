#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_syscall_count.sh - does syscall_count notice an addition that is not atomic, a
# CPU, a thread or a number that is forgotten, a full map?  See mutants.sh.
#
#	test_syscall_count.sh		in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=syscall_count EVENTS=2400
mutants()
{
	cat <<-'END'
	same|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/||records|has room for 64 threads is right
	race|syscall_count.skel|bpf.c|s/add(count, 1)/*count += 1/|two_cpus|differs from what is expected|adds without an atomic to a map that all CPUs share
	cpu|syscall_count-percpu.skel|c|s/syscall_count_enters(i/if (i % slots) &/|two_cpus|differs from what is expected|forgets a CPU in its sum
	tgid|syscall_count.skel|bpf.c|s/thread = bpf_get_current_pid_tgid()/thread = bpf_get_current_pid_tgid() >> 32/||differs from what is expected|takes a process for a thread
	number|syscall_count.skel|bpf.c|s/start->nr == nr/true/||differs from what is expected|pairs an enter with any exit
	stale|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/64/; s/bpf_map_delete_elem.*//||differs from what is expected|has this room, but leaves starts behind
	full|syscall_count.skel|bpf.c|s/SYSCALL_COUNT_THREADS/1/||differs from what is expected|has room for one
	total|syscall_count.raw|kern.c|/total_ns/d||cannot have taken no time|adds up no time
	min|syscall_count-percpu.skel|bpf.c|s/l->not_min_ns < ~ns/l->not_min_ns > ~ns/||cannot have taken|takes the largest for the least
	END
}

. "$(dirname "$0")/mutants.sh"
