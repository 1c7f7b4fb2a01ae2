// SPDX-License-Identifier: GPL-2.0
/*
 * write_count_user.c - reports the writes of each process, by libbpf 0.x.
 *
 * libbpf opens, loads and attaches.  The hash is read as at the raw stage, by two calls
 * for each entry, with functions that are named like the commands of bpf(2).  For a
 * per-CPU map bpf_map_lookup_elem() gets a pointer to a buffer for all CPUs, and does
 * not know its size.
 * Its counterparts are legacy/write_count_raw.c and modern/write_count.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "permission.h"
#include "report.h"
#include "write_count.h"
#include "write_count_report.h"

#include "cmpxchg.h"
#include "user.h"

/* Probes whether the kernel has compare-and-swap, with a program of five instructions. */
static void need_cmpxchg(void)
{
	int fd = bpf_load_program(BPF_PROG_TYPE_TRACEPOINT, cmpxchg_insns, CMPXCHG_INSNS,
				  "GPL", 0, NULL, 0);

	if (fd < 0) {
		permission_unknown("BPF_CMPXCHG", errno);
		observe_skip("this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12): %s",
			     strerror(errno));
	}
	close(fd);
}

/* Shows all processes, and stores the sum of their calls in @calls. */
static int read_counts(int counts, __u64 *calls)
{
	/* A lookup in a PERCPU_HASH returns the values of all possible CPUs. */
	const unsigned int slots = observe_flavour("percpu") ? libbpf_num_possible_cpus() : 1;
	struct write_count *values = calloc(slots, sizeof(*values));
	__u32 pid, *prev = NULL;
	int err = values ? 0 : -1;

	while (!err && !bpf_map_get_next_key(counts, prev, &pid)) {
		err = bpf_map_lookup_elem(counts, &pid, values);
		if (!err)
			write_count_process(pid, values, slots);
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
	char about[128];
	struct write_count_stats stats;
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	struct bpf_link *link = NULL;
	enum observe_event event;
	int counts, err;
	__u64 calls;

	snprintf(about, sizeof(about),
		 "Counts the write(2) calls and bytes of each process%s, by tracepoint.",
		 observe_flavour("percpu") ? ", CPU by CPU" :
		 observe_flavour("cas") ? ", and the largest" : "");
	observe_init(argc, argv, about);
	user_init();
	if (observe_flavour("cas"))
		need_cmpxchg();
	write_count_largest = observe_flavour("cas") || observe_flavour("percpu");

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
			report_refresh();
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
		err = write_count_totals(calls, stats.counted, stats.lost, stats.error);
cleanup:
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return observe_exit(err);
}
