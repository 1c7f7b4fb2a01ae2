// SPDX-License-Identifier: GPL-2.0
/*
 * exitmon.c - reports every task that ends, by a skeleton and a ring buffer.
 *
 * No map is looked up by its name here, and no tracepoint is named: the skeleton has the
 * maps and the counters, and knows where to attach.  A ring_buffer__poll() that times
 * out does not read the ring, so ring_buffer__consume() has to follow it.
 * Its counterparts are legacy/exitmon_user.c and exitmon_raw.c.
 */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "exitmon.h"
#include "exitmon_report.h"

#include "modern.h"
#include "exitmon.skel.h"

static int handle_event(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (size != sizeof(struct exitmon_event))
		return -EBADMSG;
	exitmon_event(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct exitmon_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	enum observe_event event;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every task that ends, by tracepoint and ring buffer.");
	libbpf_set_print(modern_log);
	modern_needs_btf();
	tracing_needs_tracefs();
	errno = 0;
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) != 1)
		modern_lacks("BPF_MAP_TYPE_RINGBUF", "5.8");

	skel = exitmon_bpf__open();
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

	err = exitmon_bpf__load(skel);
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
	err = exitmon_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to the tracepoint: %s", strerror(-err));
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
			observe_synced(exitmon_seen(), skel->bss->lost);
	}

	exitmon_bpf__detach(skel);
	observe_detached();
	err = ring_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = observe_totals(exitmon_seen(), skel->bss->sent, skel->bss->lost, -ENOSPC);
	goto cleanup;

unreadable:
	observe_warn("cannot read the ring buffer: %s", strerror(-err));
cleanup:
	ring_buffer__free(ring);
	exitmon_bpf__destroy(skel);
	return observe_exit(err);
}
