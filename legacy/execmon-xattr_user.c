// SPDX-License-Identifier: GPL-2.0
/*
 * execmon-xattr_user.c - execmon by libbpf's functions of 2018.
 *
 * bpf_prog_load_xattr() opened and loaded an object in one step.  Its arguments were in
 * a struct, because functions had run out of room for them.  Nothing could be set
 * between open and load, which is why libbpf 1.0 removed it.  bpf_create_map_xattr()
 * created a map in the same style.  The descriptor that bpf_prog_load_xattr() returns is
 * that of the object's first program, and not of the one that you may want.
 * Its counterpart is legacy/execmon_user.c, which does the same in two steps.
 */
#include <errno.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "execmon.h"
#include "execmon_report.h"

#include "execmon_user.h"
#include "permission.h"
#include "user.h"

/* There was no libbpf_probe_bpf_map_type() in 2018, so this tries to create such a map. */
static void needs_cgroup_array(void)
{
	const struct bpf_create_map_attr attr = {
		.name = "probe",
		.map_type = BPF_MAP_TYPE_CGROUP_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = sizeof(__u32),
		.max_entries = 1,
	};
	int fd = bpf_create_map_xattr(&attr);

	if (fd < 0) {
		permission_unknown("BPF_MAP_TYPE_CGROUP_ARRAY", errno);
		observe_skip("this kernel refuses a BPF_MAP_TYPE_CGROUP_ARRAY (CONFIG_CGROUPS)");
	}
	close(fd);
}

int main(int argc, char **argv)
{
	struct bpf_prog_load_attr attr = { .file = observe_exe_dir("execmon_kern.o") };
	struct perf_buffer_opts opts = { .sample_cb = handle_event };
	struct perf_buffer *ring = NULL;
	struct bpf_object *obj = NULL;
	struct bpf_link *link = NULL;
	struct execmon_stats stats;
	struct bpf_program *prog;
	enum observe_event event;
	int prog_fd;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv, "Reports every exec, by the functions that libbpf had in 2018.");
	user_init();
	needs_cgroup_array();

	err = bpf_prog_load_xattr(&attr, &obj, &prog_fd);
	if (err) {
		/* If the file cannot be opened, it returns -ENOENT, whatever the reason is. */
		observe_warn("cannot open or load execmon_kern.o (-v shows why)");
		goto cleanup;
	}
	err = configure(obj);
	if (err)
		goto cleanup;
	user_watch_cpus();
	ring = perf_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"),
				observe.ring / getpagesize() ?: 64, &opts);
	err = libbpf_get_error(ring);
	if (err) {
		ring = NULL;
		observe_warn("cannot map the perf buffer: %s", user_error(err));
		goto cleanup;
	}
	prog = bpf_object__find_program_by_title(obj, "tracepoint/sched/sched_process_exec");
	err = user_found(prog, "tracepoint/sched/sched_process_exec");
	if (err)
		goto cleanup;
	link = bpf_program__attach_tracepoint(prog, "sched", "sched_process_exec");
	err = libbpf_get_error(link);
	if (err) {
		link = NULL;
		observe_warn("cannot attach to sched_process_exec: %s", user_error(err));
		goto cleanup;
	}

	observe_start();
	while (!exiting) {
		err = perf_buffer__poll(ring, observe.tick);
		event = observe_event();
		user_watch_cpus();
		if (err >= 0 || err == -EINTR)
			err = perf_buffer__consume(ring);
		if (err < 0)
			goto unreadable;
		err = event != OBSERVE_SYNC ? 0 : user_stats(obj, &stats, sizeof(stats));
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(execmon_seen(), stats.lost);
	}

	bpf_link__destroy(link);
	link = NULL;
	observe_detached();
	err = perf_buffer__consume(ring);
	if (err < 0)
		goto unreadable;
	err = read_counts(bpf_object__find_map_fd_by_name(obj, "counts"));
	if (!err)
		err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = execmon_totals(&stats);
	goto cleanup;

unreadable:
	observe_warn("cannot read the perf buffer: %s", user_error(err));
cleanup:
	bpf_link__destroy(link);
	perf_buffer__free(ring);
	bpf_object__close(obj);
	return observe_exit(err);
}
