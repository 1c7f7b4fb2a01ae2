// SPDX-License-Identifier: GPL-2.0
/*
 * file_events.c - reports every openat(2), by a skeleton and a ring buffer.
 *
 * There is only one program, so the order of attaching does not matter.  The number of
 * the system call differs between architectures, so main() sets it in .rodata before the
 * load.  When a program at a raw tracepoint is detached, it may still be running on
 * another CPU: observe_detached() waits for that.
 * Its counterparts are legacy/file_events_user.c and file_events_raw.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/libbpf.h>

#include "file_events.h"
#include "file_events_report.h"

#include "modern.h"
#include "file_events.skel.h"

static int handle_event(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (size != sizeof(struct file_events_event))
		return -EBADMSG;
	file_events_event(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct file_events_bpf *skel = NULL;
	struct ring_buffer *ring = NULL;
	struct file_events_stats stats;
	enum observe_event event;
	bool preempted;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every openat(2), by BTF tracepoint and ring buffer.");
	libbpf_set_print(modern_log);
	modern_needs_btf();
	errno = 0;
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) != 1)
		modern_lacks("BPF_MAP_TYPE_RINGBUF", "5.8");

	skel = file_events_bpf__open();
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
	bpf_program__set_autoload(skel->progs.openat_exit, !preempted);
	bpf_program__set_autoload(skel->progs.openat_exit_perf, preempted);
	skel->rodata->openat_nr = __NR_openat;

	err = file_events_bpf__load(skel);
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
	err = file_events_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_exit: %s", strerror(-err));
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
			observe_synced(file_events_seen(), skel->bss->lost);
	}

	file_events_bpf__detach(skel);
	observe_detached();
	err = ring_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	stats = (struct file_events_stats){
		.sent = skel->bss->sent, .lost = skel->bss->lost, .error = -ENOSPC
	};
	err = file_events_totals(&stats, false);
	goto cleanup;

unreadable:
	observe_warn("cannot read the ring buffer: %s", strerror(-err));
cleanup:
	ring_buffer__free(ring);
	file_events_bpf__destroy(skel);
	return observe_exit(err);
}
