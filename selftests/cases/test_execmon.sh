#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_execmon.sh - does the runner notice in execmon a race for a new name, a wrong parent
# or thread id, a comm from before the exec, a name that is cut?  See mutants.sh.
#
#	test_execmon.sh			in the source tree, built, as root; prints KTAP

# The hook at which a task still has its old comm, since 6.10.  From 7.0 on another program
# is loaded.
prepare_exec()
{
	[ "$(uname -r | cut -d. -f1)" -lt 7 ] &&
		grep -aq btf_trace_sched_prepare_exec /sys/kernel/btf/vmlinux ||
		{ echo "no sched_prepare_exec, or another hook, in Linux $(uname -r)"; return 1; }
}

# shellcheck disable=SC2034
family=execmon EVENTS=800
mutants()
{
	cat <<-'END'
	same|execmon.skel|bpf.c|||records|is not changed is green
	race|execmon.raw|kern.c|s/BPF_NOEXIST/BPF_ANY/|two_cpus|differs from what is expected|overwrites an entry that another CPU has just made
	add|execmon.raw|kern.c|s/__sync_fetch_and_add(count, 1)/*count += 1/|two_cpus|differs from what is expected|adds without an atomic to a map that all CPUs share
	ppid|execmon.skel|bpf.c|s/real_parent->tgid/real_parent->pid/||differs from what is expected|reports the thread that has forked as the parent
	offset|execmon.raw|raw.c|s/"task_struct", "tgid"/"task_struct", "pid"/||differs from what is expected|reads the parent at the offset of another field
	old|execmon.raw|kern.c|s/event.pid = .*/event.pid = ctx->old_pid;/||differs from what is expected|reports the old thread id as the pid
	comm|execmon.skel|bpf.c|s/tp_btf.sched_process_exec/tp_btf\/sched_prepare_exec/; s/task, pid_t old_pid, /task, /|prepare_exec|differs from what is expected|reports the comm from before the exec
	cut|execmon.skel|bpf.c|s/sizeof(event->file), file/sizeof(event->file) - 1, file/||differs from what is expected|cuts a name one byte too early
	enter|execmon.raw|raw.c|s/sched.sched_process_exec/syscalls\/sys_enter_execve/||too many|reports calls of execve(2) as execs
	full|execmon.skel|bpf.c|s/EXECMON_MAX_COMMS/4/||lost [0-9]* of .*E2BIG, the map was full|has room for four names
	END
}

. "$(dirname "$0")/mutants.sh"
