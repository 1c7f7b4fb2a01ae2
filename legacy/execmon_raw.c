// SPDX-License-Identifier: GPL-2.0
/*
 * execmon_raw.c - reports every exec, by bpf(2) and perf_event_open(2) alone.
 *
 * This is the kernel's interface without a library: what libbpf does later is in
 * legacy/lib, and trace_output_raw.c has most of it written out.  The program reads the
 * parent's pid at the offsets that configure() passes to it, and cannot notice if they
 * are wrong.
 * Its counterparts are legacy/execmon_user.c and modern/execmon.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "observe.h"
#include "execmon.h"
#include "execmon_report.h"

#include "attach.h"
#include "btf_find.h"
#include "elf_load.h"
#include "perf_ring.h"
#include "raw.h"
#include "sys_bpf.h"

static int handle_event(const void *data, __u32 size)
{
	if (size < sizeof(struct execmon_event))
		return -1;
	execmon_event(data);
	return 0;
}

static int configure(const struct kern_object *obj)
{
	struct btf_types *btf = btf_need_kernel();
	struct execmon_config config = {
		.real_parent = btf_need(btf, "task_struct", "real_parent"),
		.tgid = btf_need(btf, "task_struct", "tgid"),
	};
	__u32 zero = 0;

	btf_close(btf);
	if (sys_map_update(kern_map_fd(obj, "config"), &zero, &config, BPF_ANY)) {
		observe_warn("cannot fill the map config: %s", strerror(errno));
		return -1;
	}
	return raw_observe(kern_map_fd(obj, "observed"), kern_map_fd(obj, "observed_cgroup"));
}

static int read_counts(int counts)
{
	struct execmon_key key, *prev = NULL;
	__u64 execs;

	while (!sys_map_next_key(counts, prev, &key)) {
		if (sys_map_lookup(counts, &key, &execs))
			break;
		execmon_count(&key, execs);
		prev = &key;
	}
	if (errno != ENOENT) {
		observe_warn("cannot read the counts: %s", strerror(errno));
		return -1;
	}
	execmon_counts();
	return 0;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct perf_rings *rings = NULL;
	struct execmon_stats stats;
	enum observe_event event;
	struct epoll_event woken;
	int prog, link = -1;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every exec, by bpf(2) and perf_event_open(2) alone.");

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = configure(obj);
	if (err)
		goto cleanup;
	rings = perf_rings_open(kern_map_fd(obj, "events"), observe.ring ?: 1 << 18);
	prog = kern_prog_fd(obj, "execmon");
	link = rings ? attach_tracepoint("sched/sched_process_exec", prog) : -1;
	err = link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while (!exiting) {
		epoll_wait(perf_rings_fd(rings), &woken, 1, observe.tick);
		event = observe_event();
		err = perf_rings_read(rings, handle_event);
		if (!err && event == OBSERVE_SYNC)
			err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(execmon_seen(), stats.lost);
	}

	close(link);
	link = -1;
	observe_detached();
	err = perf_rings_read(rings, handle_event);
	if (!err)
		err = read_counts(kern_map_fd(obj, "counts"));
	if (!err)
		err = raw_stats(kern_map_fd(obj, "stats"), &stats, sizeof(stats));
	if (!err)
		err = perf_rings_check(rings, stats.lost);
	if (!err)
		err = execmon_totals(&stats);
cleanup:
	if (link >= 0)
		close(link);
	perf_rings_close(rings);
	kern_close(obj);
	return observe_exit(err);
}
