// SPDX-License-Identifier: GPL-2.0
/*
 * write_count_user.c - writes of each process through libbpf 0.x.
 *
 * libbpf opens, loads and attaches; a hash is read as at the raw stage, two
 * calls for each entry, by functions of the same names as the commands.  The
 * trap: bpf_map_lookup_elem() of a per-CPU map takes a buffer for all CPUs
 * through a pointer that knows nothing of its size.
 * A flavour is this file with another program: see write_count-percpu_user.c.
 * Its counterparts are legacy/write_count_raw.c and modern/write_count.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "user.h"

/*
 * A flavour sets these and includes this file: its BPF object, what it does before
 * anything is opened, how many values an entry of its map has, and what -h adds.
 */
#ifndef KERN
#define KERN		"write_count_kern.o"
#define PREPARE()	do { } while (0)
#define SLOTS		1
#define OF_WHAT		""
#endif

/* Shows all processes; how many calls that makes is in @calls. */
static int read_counts(int counts, __u64 *calls)
{
	struct write_count *values = calloc(SLOTS, sizeof(*values));
	__u32 pid, *prev = NULL;
	int err = values ? 0 : -1;

	while (!err && !bpf_map_get_next_key(counts, prev, &pid)) {
		err = bpf_map_lookup_elem(counts, &pid, values);
		if (!err)
			write_count_process(pid, values, SLOTS);
		prev = &pid;
	}
	if (err || errno != ENOENT) {
		observe_warn("cannot read the counts: %s", strerror(errno));
		err = -1;
	}
	*calls = write_count_show();
	free(values);
	return err;
}

int main(int argc, char **argv)
{
	struct write_count_stats stats;
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	struct bpf_link *link = NULL;
	enum observe_event event;
	int counts, err;
	__u64 calls;

	observe_init(argc, argv,
		     "Counts the write(2) calls and bytes of each process" OF_WHAT ", by tracepoint.");
	user_init();
	PREPARE();

	obj = bpf_object__open_file(observe_beside(KERN), NULL);
	err = libbpf_get_error(obj);
	if (err) {
		obj = NULL;
		observe_warn("cannot open %s: %s", KERN, user_error(err));
		goto cleanup;
	}
	err = bpf_object__load(obj);
	if (err) {
		observe_warn("cannot load %s: %s (-v shows why)", KERN, user_error(err));
		goto cleanup;
	}
	err = user_observe(obj);
	if (err)
		goto cleanup;
	counts = bpf_object__find_map_fd_by_name(obj, "counts");
	prog = bpf_object__find_program_by_title(obj, "tracepoint/raw_syscalls/sys_exit");
	err = user_found(prog, "tracepoint/raw_syscalls/sys_exit");
	if (err)
		goto cleanup;
	link = bpf_program__attach_tracepoint(prog, "raw_syscalls", "sys_exit");
	err = libbpf_get_error(link);
	if (err) {
		link = NULL;
		observe_warn("cannot attach to sys_exit: %s", user_error(err));
		goto cleanup;
	}

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC) {
			err = user_stats(obj, &stats, sizeof(stats));
			observe_synced(stats.counted, stats.lost);
		} else if (event == OBSERVE_REPORT) {
			report_page();
			err = read_counts(counts, &calls);
		}
		if (err)
			goto cleanup;
	}

	bpf_link__destroy(link);
	link = NULL;
	observe_detached();
	err = read_counts(counts, &calls);
	if (!err)
		err = user_stats(obj, &stats, sizeof(stats));
	if (!err)
		err = observe_totals(calls, stats.counted, stats.lost, stats.error);
cleanup:
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return observe_exit(err);
}
