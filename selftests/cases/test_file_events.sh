#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_file_events.sh - does the runner notice in file_events a name that is read too early
# or cut, a wrong call, uid or task, a full map and a full ring buffer?  See mutants.sh.
#
#	test_file_events.sh		in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=file_events
mutants()
{
	cat <<-'END'
	same|file_events.skel|bpf.c|||records|is not changed is green
	entry|file_events.raw|kern.c|/^int openat_enter/,/^}/s/if (ctx->nr .*/char c; if (bpf_probe_read_user(\&c, 1, (void *)start.file)) start.file = 0; &/||differs from what is expected|reads the name at the entry
	cut|file_events.skel|bpf.c|s/bpf_probe_read_user_str(event->file, sizeof(event->file)/bpf_probe_read_user_str(event->file, sizeof(event->file) - 1/||differs from what is expected|cuts a name one byte too early
	short|file_events-output.skel|bpf.c|s/ file) + len,/ file) + (len > 256 ? 256 : len),/||differs from what is expected|sends less of a long name
	compat|file_events.skel|bpf.c|s/syscall_is_compat()/false/|calls_of_32_bit|too many|takes a call of a 32-bit program for another call
	legacy|file_events.raw|kern.c|s/is_compat()/0/|calls_of_32_bit|too many|takes a call of a 32-bit program for another call, at a perf tracepoint
	tid|file_events.skel|bpf.c|s/event->tid = id;/event->tid = id >> 32;/||differs from what is expected|reports the pid as the thread id
	leak|file_events.raw|kern.c|s/bpf_map_delete_elem.*//|calls_of_32_bit|[1-9][0-9]* too many|leaves starts behind, which belong to no other call
	tail|file_events.raw|kern.c|s/__builtin_memset.*//||file=[^ ]*.x00|does not clear what is behind the name
	refuse|file_events.raw|kern.c|s/stat->unmatched++;/;/||lost 0 records, but lacks 2 of the 2 that may be lost|does not count calls whose enter it has not seen
	dropped|file_events.raw|kern.c|s/stat->dropped++;/;/||has 'calls dropped=0 |does not count calls for which its map of starts has no room
	silent|file_events.raw|raw.c|s/return observe_exit(err)/return observe_exit(0)/||lost 2 records, and ended with status 0|has lost records, and ends with status 0
	uid16|file_events.raw|kern.c|s/event->uid = /event->uid = (__u16)/||has 'open .* uid=|cuts a uid to 16 bits
	euid|file_events.skel|bpf.c|s/bpf_get_current_uid_gid()/BPF_CORE_READ(bpf_get_current_task_btf(), cred, euid.val)/||has 'open .* uid=0 |reports the effective uid
	below|file_events.skel|modern/lib/observed.bpf.h|s/bpf_get_current_ancestor_cgroup_id(observed_level)/bpf_get_current_cgroup_id()/||differs from what is expected: [1-9][0-9]* missing|leaves out the cgroups below
	comm|file_events.skel|bpf.c|s/!is_observed()/({ char c[16]; bpf_get_current_comm(c, sizeof(c)); c[0] != 'a' \&\& c[0] != 'o' \&\& c[0] != 'r'; })/||[1-9][0-9]* too many|observes who has the right name
	stale|file_events.raw|kern.c|s/bpf_map_delete_elem.*//; s/FILE_EVENTS_MAX_STARTS/8/||lost [0-9]* of .*E2BIG, the map was full|leaves starts behind until the map is full
	ring|file_events.skel|bpf.c|s/1 << 22/4096/||lost [0-9]* of .*ENOSPC, the buffer was full|has a ring buffer that is too small for a round
	pages|file_events.raw|raw.c|s/observe.ring ?: 1 << 20/4096/||lost [0-9]* of .*ENOSPC, the buffer was full|has perf rings that are too small for a round
	slot|file_events.raw|raw.c|s/rings = perf_rings_open(.*/& int sys_map_delete(int fd, const void *key); for (int cpu = 0; cpu < 64; cpu++) sys_map_delete(kern_map_fd(obj, "events"), \&cpu);/||lost [0-9]* of .*ENOENT, its CPU has no ring|puts no ring into the map
	uncounted|file_events.skel|bpf.c|s/__sync_fetch_and_add(&lost, 1);//||records and 0 lost are not the|does not count what its ring did not take
	rings|file_events.raw|kern.c|s/stat->lost++;/;/||[0-9] lost [a-z, ]* the [r1-9]|does not count what its perf rings did not take
	twice|file_events.raw|kern.c|s/stat->lost++;/stat->lost += 2;/||records and [0-9]* lost are not the|counts twice what its ring did not take
	hidden|file_events.skel|c|s/skel->bss->lost/0/||records and 0 lost are not the|does not say what is lost
	asleep|file_events.skel|bpf.c|s/BPF_RB_FORCE_WAKEUP/BPF_RB_NO_WAKEUP/||its ring has not woken it|never wakes its reader
	watermark|file_events.raw|legacy/lib/perf_ring.c|s/->size \/ 4/->size * 4/||its ring has not woken it|has a watermark that no ring reaches
	asked|file_events.skel|c|s/if (err >= 0 .. err == -EINTR)/if (event == OBSERVE_SYNC)/||records had come when a sync asked for all|reads its ring only when it is asked to
	waits|file_events.raw|raw.c|/while (!exiting)/,/^	}/s/err = perf_rings_read/err = event != OBSERVE_SYNC ? 0 : perf_rings_read/||records had come when a sync asked for all|reads its perf rings only when it is asked to
	END
}

# In rings of a page, in which many records lie across the end.
wrapping()
{
	cat <<-'END'
	same|file_events.raw|kern.c|||records|is not changed is green with rings that wrap
	wrap|file_events.raw|legacy/lib/perf_ring.c|s/+ first, ring->data, len/+ first, ring->data + at, len/||not ok [0-9] file_events-wrap.raw|copies the second half of a record from a wrong place
	torn|file_events.raw|legacy/lib/perf_ring.c|/+ first, ring->data/d||differs from what is expected|copies only the first half of a record
	END
}
more() { RING=4096 try_mutants wrapping; }

. "$(dirname "$0")/mutants.sh"
