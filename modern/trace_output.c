// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output.c - receives a record for every write(2), by a skeleton and a ring buffer.
 *
 * The skeleton (libbpf 0.0.7) contains the object file, so there is no file to find.
 * Its maps and programs are members of a struct, its global variables can be read and
 * written like any other, and one call attaches or detaches it.  If the kernel lacks
 * something that the object needs, load or attach fails with an error that often does
 * not say what, so main() probes for it first.
 * Its counterparts are legacy/trace_output_user.c and trace_output_raw.c.
 */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "trace_output.h"
#include "trace_output_report.h"

#include "modern.h"
#include "trace_output.skel.h"

static int handle_event(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (size != sizeof(struct trace_output_event))
		return -EBADMSG;
	trace_output_event(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct trace_output_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	enum observe_event event;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Counts the write(2) calls, and shows each with -v, by ksyscall and ring buffer.");
	libbpf_set_print(modern_log);
	modern_needs_btf();	/* is_observed() needs CO-RE */
	errno = 0;		/* a probe does not say why it failed: modern_lacks() looks here */
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) != 1)
		modern_lacks("BPF_MAP_TYPE_RINGBUF", "5.8");
	tracing_needs_kprobes();

	skel = trace_output_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	if (observe.ring)
		bpf_map__set_max_entries(skel->maps.my_map, observe.ring);
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;

	err = trace_output_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	ring = ring_buffer__new(bpf_map__fd(skel->maps.my_map), handle_event, NULL, NULL);
	if (!ring) {
		err = -errno;
		observe_warn("cannot map the ring buffer: %s", strerror(-err));
		goto cleanup;
	}
	err = trace_output_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to write(2): %s", strerror(-err));
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
			observe_synced(trace_output_seen(), skel->bss->lost);
		else if (event == OBSERVE_REPORT)
			trace_output_report(skel->bss->lost);
	}

	trace_output_bpf__detach(skel);
	observe_detached();
	err = ring_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	trace_output_end(skel->bss->lost);
	/* A reserve that returns NULL gives no reason; it is that the ring buffer is full. */
	err = observe_totals(trace_output_seen(), skel->bss->sent, skel->bss->lost, -ENOSPC);
	goto cleanup;

unreadable:
	observe_warn("cannot read the ring buffer: %s", strerror(-err));
cleanup:
	ring_buffer__free(ring);
	trace_output_bpf__destroy(skel);
	return observe_exit(err);
}
