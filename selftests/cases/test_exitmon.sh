#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_exitmon.sh - does the runner notice in exitmon a pid in the place of a thread id, the
# ring buffer of another CPU, a wrong name, hook or filter, a wakeup that comes too early?  See
# mutants.sh.
#
#	test_exitmon.sh			in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=exitmon
mutants()
{
	cat <<-'END'
	same|exitmon.skel|bpf.c|||records|is not changed is green
	index|exitmon.raw|kern.c|s/BPF_F_CURRENT_CPU/0/|two_cpus|lost [0-9]* of .*EOPNOTSUPP, the ring was not that of its CPU|sends to the ring of CPU 0 alone
	thread|exitmon.skel|bpf.c|s/->tid = bpf_get_current_pid_tgid();/->tid = bpf_get_current_pid_tgid() >> 32;/||differs from what is expected|reports the pid as the thread id
	comm|exitmon.raw|kern.c|s/event.comm, sizeof(event.comm))/event.comm, sizeof(event.comm) - 10)/||differs from what is expected|cuts the name
	first|exitmon.skel|bpf.c|s/event = bpf_ringbuf/if ((__u32)bpf_get_current_pid_tgid() != bpf_get_current_pid_tgid() >> 32) return 0; event = bpf_ringbuf/||differs from what is expected|sees only the first thread of a process
	below|exitmon.skel|modern/lib/observed.bpf.h|s/return observed_ancestor()/return bpf_get_current_cgroup_id()/||expected: [1-9][0-9]* missing, 0 too many|observes one cgroup, and not those below it
	beside|exitmon.skel|bpf.c|s/if (!is_observed())/char name[16]; bpf_get_current_comm(name, 16); if (name[0] != 'e')/||expected: 0 missing, [1-9][0-9]* too many|observes all that have the right name
	killed|exitmon.raw|raw.c|s/sched.sched_process_exit/syscalls\/sys_enter_exit_group/||expected: [1-9][0-9]* missing, 0 too many|sees processes that call exit_group(2), and not their threads or those that are killed
	awake|exitmon.skel|bpf.c|s/BPF_RB_NO_WAKEUP/0/||in the fourth pass: was woken too early|wakes its reader whenever that has read all
	eighth|exitmon.skel|bpf.c|s/RING_SIZE) . 4/RING_SIZE) \/ 8/||in the fourth pass: was woken too early|wakes its reader when an eighth of the ring is full
	hook|exitmon.raw|raw.c|s/sched_process_exit/sched_process_free/||differs from what is expected|is attached where a task is freed, which another task does
	END
}

. "$(dirname "$0")/mutants.sh"
