// SPDX-License-Identifier: GPL-2.0
/*
 * execmon.c - reports every exec, by a skeleton, a ring buffer and typed maps.
 *
 * There are no offsets to look up and no config map to fill: CO-RE finds the parent's
 * pid when the skeleton is loaded, and the filter is three constants in .rodata.  The
 * keys of a map may change while user space walks it, so the counts are read after the
 * program is detached.
 * Its counterparts are legacy/execmon_user.c and execmon_raw.c.
 */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "execmon.h"
#include "execmon_report.h"

#include "modern.h"
#include "execmon.skel.h"

static int handle_event(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (size != sizeof(struct execmon_event))
		return -EBADMSG;
	execmon_event(data);
	return 0;
}

/* Returns 0 or a negative error; libbpf 1.0 returns -ENOENT after the last key. */
static int read_counts(const struct bpf_map *counts)
{
	struct execmon_key key, *prev = NULL;
	__u64 execs;
	int err;

	for (;;) {
		err = bpf_map__get_next_key(counts, prev, &key, sizeof(key));
		if (err)
			break;
		err = bpf_map__lookup_elem(counts, &key, sizeof(key), &execs, sizeof(execs), 0);
		if (err)
			return err;
		execmon_count(&key, execs);
		prev = &key;
	}
	if (err != -ENOENT)
		return err;
	execmon_counts();
	return 0;
}

int main(int argc, char **argv)
{
	struct execmon_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	struct execmon_stats stats;
	enum observe_event event;
	bool preempted;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every exec, by BTF tracepoint and ring buffer.");
	libbpf_set_print(modern_log);
	modern_needs_btf();
	errno = 0;
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) != 1)
		modern_lacks("BPF_MAP_TYPE_RINGBUF", "5.8");

	skel = execmon_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	if (observe.ring)
		bpf_map__set_max_entries(skel->maps.events, observe.ring);
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.execmon, !preempted);
	bpf_program__set_autoload(skel->progs.execmon_perf, preempted);

	err = execmon_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	ring = ring_buffer__new(bpf_map__fd(skel->maps.events), handle_event, NULL, NULL);
	if (!ring) {
		err = -errno;
		observe_warn("cannot map the ring buffer: %s", strerror(-err));
		goto cleanup;
	}
	err = execmon_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sched_process_exec: %s", strerror(-err));
		goto cleanup;
	}

	observe_start();
	while (!exiting) {
		err = ring_buffer__poll(ring, observe.tick);
		event = observe_event();
		/* Not every record wakes the reader, and a sync asks for all of them. */
		if (err >= 0 || err == -EINTR)
			err = ring_buffer__consume(ring);
		if (err < 0)
			goto unreadable;
		if (event == OBSERVE_SYNC)
			observe_synced(execmon_seen(), skel->bss->lost);
	}

	execmon_bpf__detach(skel);
	observe_detached();
	err = ring_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = read_counts(skel->maps.counts);
	if (err) {
		observe_warn("cannot read the counts: %s", strerror(-err));
		goto cleanup;
	}
	/* bpf_ringbuf_reserve() returns no error: it fails only if the ring is full. */
	stats.sent = skel->bss->sent;
	stats.lost = skel->bss->lost;
	stats.error = -ENOSPC;
	stats.uncounted = skel->bss->uncounted;
	stats.count_error = skel->bss->count_error;
	err = execmon_totals(&stats);
	goto cleanup;

unreadable:
	observe_warn("cannot read the ring buffer: %s", strerror(-err));
cleanup:
	ring_buffer__free(ring);
	execmon_bpf__destroy(skel);
	return observe_exit(err);
}
