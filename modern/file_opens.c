// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens.c - counts opens by process and by name, by a skeleton.
 *
 * The maps are members of the skeleton, and libbpf knows the sizes of their keys and
 * values: bpf_map__lookup_elem() (libbpf 0.8) compares them with the sizes that the
 * caller passes.  A lookup copies an entry while another CPU may be adding to it, so
 * counts that have to fit together are read after the program is detached.
 * Its counterparts are legacy/file_opens_user.c and file_opens_raw.c.
 */
#include <string.h>
#include <sys/syscall.h>
#include <bpf/libbpf.h>

#include "file_opens.h"
#include "file_opens_report.h"

#include "modern.h"
#include "file_opens.skel.h"

/*
 * Called when the walk has ended.  Returns 0 if that was the end of the map, else -1.  A lookup
 * of a key that is gone would be ENOENT, too, but nothing deletes from these maps.
 */
static int walked(const struct bpf_map *map)
{
	if (errno == ENOENT)
		return 0;
	observe_warn("cannot read the map %s: %s", bpf_map__name(map), strerror(errno));
	return -1;
}

/* In a PERCPU_HASH an entry has a value for each CPU that is possible. */
static int slots_of(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH ? libbpf_num_possible_cpus() : 1;
}

static int read_processes(const struct bpf_map *map)
{
	const int slots = slots_of(map);
	struct file_opens_process values[slots];
	__u32 pid, *prev = NULL;

	for (; !bpf_map__get_next_key(map, prev, &pid, sizeof(pid)); prev = &pid) {
		if (bpf_map__lookup_elem(map, &pid, sizeof(pid), values, sizeof(values), 0))
			break;
		for (int i = 0; i < slots; i++)
			file_opens_process(pid, &values[i]);
	}
	return walked(map);
}

static int read_files(const struct bpf_map *map)
{
	const int slots = slots_of(map);
	struct file_opens_name name, *prev = NULL;
	__u64 values[slots];

	for (; !bpf_map__get_next_key(map, prev, &name, sizeof(name)); prev = &name) {
		if (bpf_map__lookup_elem(map, &name, sizeof(name), values, sizeof(values), 0))
			break;
		for (int i = 0; i < slots; i++)
			file_opens_name(&name, values[i]);
	}
	return walked(map);
}

static int read_maps(const struct file_opens_bpf *skel)
{
	int err;

	if (slots_of(skel->maps.processes) < 1) {
		observe_warn("cannot read /sys/devices/system/cpu/possible (is /sys mounted?)");
		return -1;
	}
	err = read_processes(skel->maps.processes);
	if (!err)
		err = read_files(skel->maps.files);
	if (!err)
		file_opens_show();
	return err;
}

int main(int argc, char **argv)
{
	struct file_opens_bpf *skel = NULL;
	struct file_opens_stats *stats;
	enum observe_event event;
	bool preempted;
	int err;

	observe_init(argc, argv, observe_flavour("percpu") ?
		     "Counts openat(2) by process and by name, in per-CPU hashes." :
		     "Counts openat(2) by process and by name, in typed hashes.");
	libbpf_set_print(modern_log);
	modern_needs_btf();

	skel = file_opens_bpf__open();
	if (!skel) {
		err = -errno;
		observe_warn("cannot open the skeleton: %s", strerror(-err));
		goto cleanup;
	}
	skel->rodata->observed_cgroup = observe.cgroup_id;
	skel->rodata->observed_level = observe.cgroup_level;
	skel->rodata->observed_self = observe.pid;
	/* One of two copies of the program is loaded: see modern_preempted(). */
	preempted = modern_preempted();
	bpf_program__set_autoload(skel->progs.openat_exit, !preempted);
	bpf_program__set_autoload(skel->progs.openat_exit_perf, preempted);
	skel->rodata->openat_nr = __NR_openat;	/* vmlinux.h has no macros */
	if (observe_flavour("percpu")) {
		bpf_map__set_type(skel->maps.processes, BPF_MAP_TYPE_PERCPU_HASH);
		bpf_map__set_type(skel->maps.files, BPF_MAP_TYPE_PERCPU_HASH);
		skel->rodata->percpu = true;
	}

	err = file_opens_bpf__load(skel);
	if (err) {
		observe_warn("cannot load the skeleton: %s (-v shows why)", strerror(-err));
		goto cleanup;
	}
	err = file_opens_bpf__attach(skel);
	if (err) {
		observe_warn("cannot attach to sys_exit: %s", strerror(-err));
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

	file_opens_bpf__detach(skel);
	observe_detached();
	err = read_maps(skel);
	if (!err)
		err = file_opens_totals(stats, false);
cleanup:
	file_opens_bpf__destroy(skel);
	return observe_exit(err);
}
