// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count_user.c - reports system calls by number, by libbpf 0.x.
 *
 * libbpf opens the object and attaches its programs; the maps are still read entry by
 * entry, with bpf_map_lookup_elem().  A program was found by the title of its section,
 * but two programs may be in sections of the same name.
 * Its counterparts are legacy/syscall_count_raw.c and modern/syscall_count.c.
 */
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "syscall_count.h"
#include "syscall_count_report.h"

#include "user.h"

/* A lookup in a PERCPU_ARRAY returns the values of all possible CPUs. */
static int read_maps(struct bpf_object *obj)
{
	int enters_fd = bpf_object__find_map_fd_by_name(obj, "enters");
	int latency_fd = bpf_object__find_map_fd_by_name(obj, "latency");
	const int slots = observe_flavour("percpu") ? libbpf_num_possible_cpus() : 1;
	int err = -1;
	struct syscall_count_latency *latency = calloc(slots > 0 ? slots : 1, sizeof(*latency));
	__u64 *enters = calloc(slots > 0 ? slots : 1, sizeof(*enters));

	if (slots < 1 || !latency || !enters)
		goto cleanup;
	for (__u32 slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		if (bpf_map_lookup_elem(enters_fd, &slot, enters) ||
		    bpf_map_lookup_elem(latency_fd, &slot, latency))
			goto cleanup;
		for (int i = 0; i < slots; i++) {
			syscall_count_enters(slot, enters[i]);
			syscall_count_latency(slot, &latency[i]);
		}
	}
	err = 0;
cleanup:
	if (err)
		observe_warn("cannot read the counts: %s", strerror(errno));
	free(latency);
	free(enters);
	return err;
}

/* A hash is walked from key to key. */
static int read_starts(int starts_fd)
{
	struct syscall_count_start start;
	__u64 thread, *prev = NULL;
	int err = 0;

	while (!err && !bpf_map_get_next_key(starts_fd, prev, &thread)) {
		err = bpf_map_lookup_elem(starts_fd, &thread, &start);
		if (!err)
			syscall_count_unended(thread, &start);
		prev = &thread;
	}
	if (!err && errno == ENOENT)
		return 0;
	observe_warn("cannot read the starts: %s", strerror(errno));
	return -1;
}

static struct bpf_link *attach(struct bpf_program *prog, const char *event)
{
	struct bpf_link *link = bpf_program__attach_tracepoint(prog, "raw_syscalls", event);
	int err = libbpf_get_error(link);

	if (!err)
		return link;
	observe_warn("cannot attach to raw_syscalls/%s: %s", event, user_error(err));
	return NULL;
}

int main(int argc, char **argv)
{
	struct bpf_link *enter_link = NULL, *leave_link = NULL;
	struct syscall_count_stats stats = {};
	struct bpf_program *enter, *leave;
	struct bpf_object *obj = NULL;
	enum observe_event event;
	bool percpu = observe_flavour("percpu");
	struct syscall_count_start start;
	__u64 thread;
	int err;

	observe_init(argc, argv, percpu ?
		     "Counts system calls, in per-CPU arrays, by tracepoints." :
		     "Counts system calls, in shared arrays, by tracepoints.");
	user_init();

	obj = bpf_object__open_file(observe_object(), NULL);
	err = libbpf_get_error(obj);
	if (err) {
		obj = NULL;
		observe_warn("cannot open %s: %s", observe_object(), user_error(err));
		goto cleanup;
	}
	err = bpf_object__load(obj);
	if (err) {
		observe_warn("cannot load %s: %s (-v shows why)", observe_object(),
			     user_error(err));
		goto cleanup;
	}
	err = user_observe(obj);
	if (!err && syscall_count_own(&thread, &start))
		err = bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "starts"), &thread,
					  &start, BPF_ANY);
	if (err)
		goto cleanup;
	enter = bpf_object__find_program_by_title(obj, "tracepoint/raw_syscalls/sys_enter");
	leave = bpf_object__find_program_by_title(obj, "tracepoint/raw_syscalls/sys_exit");
	err = user_found(enter, "tracepoint/raw_syscalls/sys_enter");
	if (!err)
		err = user_found(leave, "tracepoint/raw_syscalls/sys_exit");
	if (err)
		goto cleanup;
	enter_link = attach(enter, "sys_enter");
	leave_link = enter_link ? attach(leave, "sys_exit") : NULL;
	err = leave_link ? 0 : -1;
	if (err)
		goto cleanup;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_REPORT) {
			err = read_maps(obj);
			if (!err)
				syscall_count_report(percpu);
		} else if (event == OBSERVE_SYNC) {
			err = user_stats(obj, &stats, sizeof(stats));
			observe_synced(0, stats.lost);
		}
		if (err)
			goto cleanup;
	}

	bpf_link__destroy(enter_link);
	bpf_link__destroy(leave_link);
	enter_link = NULL;
	leave_link = NULL;
	observe_detached();
	err = read_maps(obj);
	if (!err)
		err = read_starts(bpf_object__find_map_fd_by_name(obj, "starts"));
	if (!err)
		err = syscall_count_end(percpu);
	if (!err)
		err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = syscall_count_totals(stats.lost, stats.error);
cleanup:
	bpf_link__destroy(enter_link);
	bpf_link__destroy(leave_link);
	bpf_object__close(obj);
	return observe_exit(err);
}
