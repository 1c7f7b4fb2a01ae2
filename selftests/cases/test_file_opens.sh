#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_file_opens.sh - does the runner notice in file_opens a race for a new key, hashes that
# collide, a CPU or an ended task that is left out, a full map?  See mutants.sh.
#
#	test_file_opens.sh		in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=file_opens EVENTS=1500
mutants()
{
	cat <<-'END'
	same|file_opens.skel|bpf.c|||records|is not changed is green
	entry|file_opens.raw|kern.c|/^int openat_enter/,/^}/s/if (ctx->nr .*/char c; if (bpf_probe_read_user(\&c, 1, (void *)start)) start = 0; &/||differs from what is expected|reads the name at the entry
	cut|file_opens.skel|bpf.c|s/name.name, sizeof(name.name)/name.name, sizeof(name.name) - 1/||differs from what is expected|cuts a name one byte too early
	race|file_opens.skel|bpf.c|s/BPF_NOEXIST/BPF_ANY/|two_cpus|are [0-9]*, but [0-9]* were counted|overwrites an entry that another CPU has just made
	add|file_opens.skel|bpf.c|s/add(opens, 1)/*opens += 1/|two_cpus|are [0-9]*, but [0-9]* were counted|adds without an atomic to a map that all CPUs share
	last|file_opens.skel|bpf.c|s/p->last = now/p->last = 7/||processes are impossible|reports a wrong time of the last open
	first|file_opens.raw|kern.c|s/new.first = bpf_ktime_get_ns()/new.first = 1/||processes are impossible|reports a wrong time of the first open
	hash|file_opens.raw|kern.c|s/if (is_same(&file->name, &new->name))/if (1)/||differs from what is expected|takes names with the same hash for the same name
	cpu|file_opens-percpu.skel|c|s/i < slots;/i < slots - 1;/|two_cpus|are [0-9]*, but [0-9]* were counted|leaves a CPU out of its sum
	ended|file_opens-storage.skel|bpf.c|s/err = bpf_map_update_elem(&ended, .*/err = 0;/||are [0-9]*, but [0-9]* were counted|leaves out the tasks that have ended
	full|file_opens.skel|bpf.c|s/FILE_OPENS_MAX_NAMES/64/||lost [0-9]* of .*E2BIG, the map was full|has room for 64 names
	collide|file_opens.raw|kern.c|s/= hash_of(.*/= 7;/||lost [0-9]* of .*EEXIST, other keys with the same hash|has the same hash for all names
	END
}

. "$(dirname "$0")/mutants.sh"
