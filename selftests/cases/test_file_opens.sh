#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_file_opens.sh - does the runner notice in file_opens a race for a new key, hashes that
# collide, names that are nearly equal, a wrong time, a CPU or an ended task that is left out,
# calls that are not observed, a full map?  See mutants.sh.
#
#	test_file_opens.sh		in the source tree, built, as root; prints KTAP

# With fewer EVENTS than usual, the tables do not fill up.
# shellcheck disable=SC2034
family=file_opens EVENTS=300
mutants()
{
	cat <<-'END'
	same|file_opens.skel|bpf.c|||records|is not changed is green
	entry|file_opens.raw|kern.c|/^int openat_enter/,/^}/s/if (ctx->nr .*/char c; if (bpf_probe_read_user(\&c, 1, (void *)start)) start = 0; &/||differs from what is expected|reads the name at the entry
	cut|file_opens.skel|bpf.c|s/name.name, sizeof(name.name)/name.name, sizeof(name.name) - 1/||differs from what is expected|cuts a name one byte too early
	tail|file_opens.raw|kern.c|s/__builtin_memset.*//||name=[^ ]*.x00|does not clear what is behind the name
	race|file_opens.skel|bpf.c|s/BPF_NOEXIST/BPF_ANY/|two_cpus|are [0-9]*, but [0-9]* were counted|overwrites an entry that another CPU has just made
	add|file_opens.skel|bpf.c|s/add_to(opens, 1)/*opens += 1/|two_cpus|are [0-9]*, but [0-9]* were counted|adds without an atomic to a map that all CPUs share
	last|file_opens.skel|bpf.c|s/p->last = now/p->last = 7/||processes are impossible|reports a wrong time of the last open
	first|file_opens.raw|kern.c|s/new.first = bpf_ktime_get_ns()/new.first = 1/||processes are impossible|reports a wrong time of the first open
	soon|file_opens.skel|bpf.c|s/p->last = now;/p->last = p->first + 1;/||has 'last~=[0-9]*', expected 'last~=[0-9]*\.\.|takes one ns after the first open for the last one
	never|file_opens.raw|kern.c|s/^	p->last = bpf_ktime_get_ns.*//||has 'last~=[0-9]*', expected 'last~=[0-9]*\.\.|does not write the time of the last open again
	later|file_opens-percpu.raw|kern.c|s/p->first = p->last;/p->first = p->last + 1000000;/||processes are impossible|has a first open that is a millisecond late
	zero|file_opens.skel|bpf.c|s/new.first = now/new.first = now - 1000000/||has 'first~=[0-9]*', expected 'first~=[0-9]*\.\.|has a first open that is a millisecond early
	hash|file_opens.raw|kern.c|s/if (is_same(&file->name, &new->name))/if (1)/||differs from what is expected|takes names with the same hash for the same name
	word|file_opens.raw|legacy/lib/file_opens.bpf.h|s/if (x\[i\] != y\[i\])/if (i != 17 \&\& x[i] != y[i])/||lost [0-9]* records, but lacks [0-9]* of the [0-9]* that may be lost|does not compare one word of two names
	first8|file_opens-percpu.raw|legacy/lib/file_opens.bpf.h|s/if (x\[i\] != y\[i\])/if (i \&\& x[i] != y[i])/||lost [0-9]* records, but lacks [0-9]* of the [0-9]* that may be lost|does not compare the first word of two names
	sum|file_opens.raw|legacy/lib/file_opens.bpf.h|s/hash = file_opens_hash(hash, words/if (i != 5) &/||slot=[0-9]\{5,\}|leaves a word out of the hash
	slots|file_opens.raw|kern.c|s/i < FILE_OPENS_SLOTS/i < FILE_OPENS_SLOTS - 1/||lost [0-9]* records, but lacks [0-9]* of the [0-9]* that may be lost|tries too few keys for a name
	more|file_opens-percpu.raw|kern.c|s/i < FILE_OPENS_SLOTS/i < FILE_OPENS_SLOTS + 1/||has 'file opens=1 slot=4 |tries too many keys for a name
	tried|file_opens.raw|kern.c|s/__sync_fetch_and_add(&file->collisions, 1)/if (i) &/||has 'file .* collisions=|does not count all collisions
	crowd|file_opens.raw|kern.c|s/return -EEXIST;/return 0;/||lost [0-9]* records, but lacks [0-9]* of the [0-9]* that may be lost|does not count opens of names for which there is no key
	refuse|file_opens.raw|kern.c|s/stat->unmatched++;/;/||unmatched=0 |does not count calls whose enter it has not seen
	dropped|file_opens.raw|legacy/lib/file_opens.bpf.h|s/stat->dropped++;/;/||dropped=0 |does not count calls for which its map of starts has no room
	exec|file_opens-storage.skel|bpf.c|s/\.first = p->first/.first = 0/||are [0-9]*, but [0-9]* were counted|takes a thread that executes a program for the first thread of its process
	hidden|file_opens.raw|raw.c|s/return observe_exit(err)/return observe_exit(0)/||lost [0-9]* records, and ended with status 0|has lost opens, and ends with status 0
	below|file_opens.skel|modern/lib/observed.bpf.h|s/bpf_get_current_ancestor_cgroup_id(observed_level)/bpf_get_current_cgroup_id()/||differs from what is expected|leaves out the cgroups below
	comm|file_opens.skel|bpf.c|s/!is_observed()/({ char c[16]; bpf_get_current_comm(c, sizeof(c)); c[0] != 'a' \&\& c[0] != 'f' \&\& c[0] != 'o' \&\& c[0] != 'r'; })/||[1-9][0-9]* too many|observes who has the right name
	compat|file_opens.skel|bpf.c|s/syscall_is_compat()/false/|calls_of_32_bit|differs from what is expected|takes a call of a 32-bit program for another call
	legacy|file_opens.raw|kern.c|s/is_compat()/0/|calls_of_32_bit|differs from what is expected|takes a call of a 32-bit program for another call, at a perf tracepoint
	stale|file_opens.raw|kern.c|s/bpf_map_delete_elem.*//|calls_of_32_bit|differs from what is expected|leaves starts behind, which belong to no other call
	cpu|file_opens-percpu.skel|c|s/i < slots;/i < slots - 1;/|two_cpus|are [0-9]*, but [0-9]* were counted|leaves a CPU out of its sum
	ended|file_opens-storage.skel|bpf.c|s/err = bpf_map_update_elem(&ended, .*/err = 0;/||are [0-9]*, but [0-9]* were counted|leaves out the tasks that have ended
	full|file_opens.skel|bpf.c|s/FILE_OPENS_MAX_NAMES/64/||lost [0-9]* of .*E2BIG, the map was full|has room for 64 names
	collide|file_opens.raw|kern.c|s/= hash_of(.*/= 7;/||lost [0-9]* of .*EEXIST, other keys with the same hash|has the same hash for all names
	END
}

# As usual, the tables fill up in the end.
full_mutants()
{
	cat <<-'END'
	same|file_opens-percpu.raw|kern.c|||records|is not changed is green when its tables are full
	lru|file_opens.skel|bpf.c|s/BPF_MAP_TYPE_HASH/BPF_MAP_TYPE_LRU_HASH/||lost 0 records, but lacks [0-9]* of the [0-9]* that may be lost|forgets what its full tables do not take
	names|file_opens.raw|kern.c|s/stat->unnamed++;//||lost [0-9]* records, but lacks [0-9]* of the [0-9]* that may be lost|does not count the names that a full table does not take
	room|file_opens-storage.skel|bpf.c|s/FILE_OPENS_MAX_PROCESSES/10 * &/||process_error=0 |has more room than the others
	END
}

# The exit of a thread is attached first: the counts of one that exits before that would be missing.
attach_order()
{
	local what="file_opens-storage.skel attaches to the exit of threads first" points

	# shellcheck disable=SC2016
	points=$("$OUT/bin/file_opens-storage.skel" -- sh -c 'cat /proc/$PPID/fdinfo/* 2>/dev/null
		exit 0' 2>"$tmp/err" | sed -n 's/^tp_name:[ 	]*//p' | tr '\n' ' ')
	if [ "$points" ]; then
		[ "$points" = "sched_process_exit sys_exit " ]
		result $? "$what: $points" "$tmp/err"
	else
		skipped "$what" "no raw tracepoint is attached here: $(tail -n 1 "$tmp/err")"
	fi
}

more()
{
	attach_order
	EVENTS=
	try_mutants full_mutants
}

. "$(dirname "$0")/mutants.sh"
