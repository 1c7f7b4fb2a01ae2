// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens-storage.c - file_opens with task storage, read by an iterator.
 *
 * The counts of threads that have ended are in a hash.  Those of running threads are
 * read from a descriptor like a file: each read(2) runs the iterator program (bpf_iter,
 * Linux 5.8) for some tasks.  A thread may end between the two steps.  So the running
 * threads are read first, and for a thread that is then found in the hash, too, only the
 * counts of the hash are used.
 * Its counterpart is modern/file_opens.c.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "file_opens.h"
#include "file_opens_report.h"

#include "file_opens-storage.h"
#include "modern.h"
#include "file_opens-storage.skel.h"

/* Called when the walk has ended.  Returns 0 if that was the end of the map, else -1. */
static int walked(const struct bpf_map *map)
{
	if (errno == ENOENT)
		return 0;
	observe_warn("cannot read the map %s: %s", bpf_map__name(map), strerror(errno));
	return -1;
}

static struct file_opens_running *running;
static size_t nr_running;

static int by_thread(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct file_opens_thread));
}

static int read_running(const struct bpf_link *iterator)
{
	int fd = bpf_iter_create(bpf_link__fd(iterator));
	FILE *records = fd < 0 ? NULL : fdopen(fd, "r");
	struct file_opens_running *more, record;
	int err = 0;

	if (!records) {
		observe_warn("cannot iterate over the tasks: %s", strerror(errno));
		return -1;
	}
	for (nr_running = 0; fread(&record, sizeof(record), 1, records) == 1;) {
		more = reallocarray(running, nr_running + 1, sizeof(*running));
		if (!more)
			observe_die("out of memory");
		running = more;
		running[nr_running++] = record;
	}
	if (ferror(records)) {
		observe_warn("cannot read all tasks: %s", strerror(errno));
		err = -1;
	}
	fclose(records);
	if (nr_running)
		qsort(running, nr_running, sizeof(*running), by_thread);
	return err;
}

static int read_ended(const struct bpf_map *map)
{
	struct file_opens_thread thread, *prev = NULL;
	struct file_opens_process process;
	struct file_opens_running *was;

	for (; !bpf_map__get_next_key(map, prev, &thread, sizeof(thread)); prev = &thread) {
		if (bpf_map__lookup_elem(map, &thread, sizeof(thread), &process,
					 sizeof(process), 0))
			break;
		file_opens_process(thread.pid, &process);
		was = nr_running ? bsearch(&thread, running, nr_running, sizeof(*running),
					   by_thread) : NULL;
		if (was)
			was->process.opens = 0;
	}
	if (walked(map))
		return -1;
	for (size_t i = 0; i < nr_running; i++)
		file_opens_process(running[i].thread.pid, &running[i].process);
	return 0;
}

static int read_files(const struct bpf_map *map)
{
	struct file_opens_name name, *prev = NULL;
	__u64 opens;

	for (; !bpf_map__get_next_key(map, prev, &name, sizeof(name)); prev = &name) {
		if (bpf_map__lookup_elem(map, &name, sizeof(name), &opens, sizeof(opens), 0))
			break;
		file_opens_name(&name, opens);
	}
	return walked(map);
}

static int read_maps(const struct file_opens_storage_bpf *skel)
{
	int err = read_running(skel->links.threads);

	if (!err)
		err = read_ended(skel->maps.ended);
	if (!err)
		err = read_files(skel->maps.files);
	if (!err)
		file_opens_show();
	return err;
}

int main(int argc, char **argv)
{
	struct file_opens_storage_bpf *skel = NULL;
	struct file_opens_stats *stats;
	enum observe_event event;
	bool preempted;
	int err;

	observe_init(argc, argv, "Counts openat(2) by process and by name, in task storage.");
	libbpf_set_print(modern_log);
	modern_needs_btf();
	errno = 0;
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, NULL) != 1)
		modern_lacks("BPF_MAP_TYPE_TASK_STORAGE", "5.11");
	/* libbpf cannot probe tracing programs; a raw tracepoint may call the same helpers. */
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT,
				    BPF_FUNC_task_storage_get, NULL) != 1)
		observe_skip("this kernel lets no tracing program call bpf_task_storage_get() (Linux 5.13)");

	skel = file_opens_storage_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.openat_exit, !preempted);
	bpf_program__set_autoload(skel->progs.openat_exit_perf, preempted);
	bpf_program__set_autoload(skel->progs.thread_exit, !preempted);
	bpf_program__set_autoload(skel->progs.thread_exit_perf, preempted);
	skel->rodata->openat_nr = __NR_openat;

	err = file_opens_storage_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = file_opens_storage_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_exit, sched_process_exit or as an iterator: %s",
			     strerror(-err));
		goto cleanup;
	}
	stats = &skel->bss->stats;

	observe_start();
	while ((event = observe_wait(-1)) != OBSERVE_END) {
		if (event == OBSERVE_SYNC)
			observe_synced(stats->opens, file_opens_lost(stats));
		else if (event == OBSERVE_REPORT)
			err = read_maps(skel);
		if (err)
			goto cleanup;
	}

	/* Only counting ends here: the counts of a thread that exits now are still saved. */
	bpf_link__destroy(skel->links.openat_exit);
	bpf_link__destroy(skel->links.openat_exit_perf);
	skel->links.openat_exit = NULL;
	skel->links.openat_exit_perf = NULL;
	observe_detached();
	err = read_maps(skel);
	if (!err)
		err = file_opens_totals(stats, false);
cleanup:
	free(running);
	file_opens_storage_bpf__destroy(skel);
	return observe_exit(err);
}
