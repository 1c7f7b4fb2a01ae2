#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_execmon.sh - does the runner notice in execmon a race for a new name, a wrong parent
# or thread id, a comm from before the exec, a name that is cut, an effective uid, a gid in the
# padding, a tracer for the parent, a wrong filter, execs that have no room in the counts?  See
# mutants.sh.
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
	below|execmon.skel|modern/lib/observed.bpf.h|s/return observed_ancestor()/return bpf_get_current_cgroup_id()/||expected: [1-9][0-9]* missing, 0 too many|observes one cgroup, and not those below it
	beside|execmon.skel|bpf.c|s/if (!is_observed())/__u64 name[2]; bpf_probe_read_kernel(name, 16, task->real_parent->comm); if (name[0] != 0x2e6e6f6d63657865) \/* execmon. *\//||expected: .*[1-9][0-9]* too many|observes all that have a parent with the right name
	tracer|execmon.skel|bpf.c|s/real_parent->tgid/parent->tgid/||expected: 0 missing, 0 too many, [1-9][0-9]* with other values|reports the tracer as the parent
	euid|execmon.skel|bpf.c|s/event->uid = .*/event->uid = task->cred->euid.val;/||[1-9][0-9]* with other values|reports the effective uid
	uid16|execmon.raw|kern.c|s/event.uid = bpf/event.uid = (__u16)bpf/||[1-9][0-9]* with other values|reports the lower half of the uid
	gid|execmon.raw|kern.c|s/event.pad = 0/event.pad = bpf_get_current_uid_gid() >> 32/||pad=0x|has the gid in its padding
	full|execmon.skel|bpf.c|s/, EXECMON_MAX_COMMS/, EXECMON_MAX_COMMS - 1/||expected: 2 missing, 1 too many|has no room for the last name
	room|execmon.raw|kern.c|s/= EXECMON_MAX_COMMS/= EXECMON_MAX_COMMS + 20/||expected: 1 missing, [1-9][0-9]* too many|has room for all names
	uncounted|execmon.raw|kern.c|s/stat->uncounted++/stat->uncounted = 1/||uncounted execs=[12]$|does not count all that has no room
	error|execmon.raw|kern.c|s/stat->count_error = err/stat->count_error = -12/||lost [0-9]* of .* in the table of counts; .*ENOMEM|says another reason for what has no room
	END
}

. "$(dirname "$0")/mutants.sh"
