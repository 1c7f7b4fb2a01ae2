// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens-percpu_kern.c - file_opens with per-CPU hashes, as in Linux 4.7.
 *
 * Each key has a value for each CPU, and only that CPU writes to it: the program needs
 * no atomic additions, CPUs do not compete for cache lines, and the first and last time
 * of each CPU are right.  User space adds the values up.  A CPU sees only its own value,
 * so a name that is stored there would be unknown to the other CPUs: names are in a
 * shared hash, and are written once.  As in file_opens_kern.c, is_observed() and the
 * helper that reads the name are newer than 4.7.
 * Its counterpart is modern/file_opens.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "file_opens.bpf.h"
#include "raw_syscalls.h"

struct bpf_map_def SEC("maps") processes = {
	.type = BPF_MAP_TYPE_PERCPU_HASH,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct file_opens_process),
	.max_entries = FILE_OPENS_MAX_PROCESSES,
};

struct bpf_map_def SEC("maps") files = {
	.type = BPF_MAP_TYPE_PERCPU_HASH,
	.key_size = sizeof(__u64),	/* as in names */
	.value_size = sizeof(__u64),	/* opens */
	.max_entries = FILE_OPENS_MAX_NAMES,
};

struct bpf_map_def SEC("maps") names = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u64),	/* a hash of the name */
	.value_size = sizeof(struct file_opens_file),	/* without its opens */
	.max_entries = FILE_OPENS_MAX_NAMES,
};

struct bpf_map_def SEC("maps") starts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u64),
	.value_size = sizeof(__u64),	/* where the name is */
	.max_entries = FILE_OPENS_MAX_STARTS,
};

struct bpf_map_def SEC("maps") scratch = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct file_opens_file),
	.max_entries = 1,
};

struct bpf_map_def SEC("maps") stats = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct file_opens_stats),
	.max_entries = 1,
};

/*
 * The first open creates the entry, with zeros for all CPUs.  If two CPUs try that at
 * once, it does not matter which one succeeds.
 */
static __always_inline int count_process(__u32 pid)
{
	struct file_opens_process *p, none = {};
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	p = bpf_map_lookup_elem(&processes, &pid);
	if (!p) {
		err = bpf_map_update_elem(&processes, &pid, &none, BPF_NOEXIST);
		p = bpf_map_lookup_elem(&processes, &pid);
		if (!p)
			return err;
	}
	/* This value belongs to this CPU: no other CPU writes to it. */
	p->last = bpf_ktime_get_ns();
	if (!p->opens++) {
		p->first = p->last;
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	}
	return 0;
}

static __always_inline int count_key(__u64 key)
{
	__u64 none = 0, *opens;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	opens = bpf_map_lookup_elem(&files, &key);
	if (!opens) {
		err = bpf_map_update_elem(&files, &key, &none, BPF_NOEXIST);
		opens = bpf_map_lookup_elem(&files, &key);
		if (!opens)
			return err;
	}
	++*opens;
	return 0;
}

static __always_inline int count_file(const struct file_opens_file *new)
{
	__u64 key = hash_of(&new->name);
	struct file_opens_file *file;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

#pragma unroll
	for (int i = 0; i < FILE_OPENS_SLOTS; i++, key++) {
		file = bpf_map_lookup_elem(&names, &key);
		if (!file) {
			err = bpf_map_update_elem(&names, &key, new, BPF_NOEXIST);
			file = bpf_map_lookup_elem(&names, &key);
			if (!file)
				return err;
		}
		if (is_same(&file->name, &new->name))
			return count_key(key);
		__sync_fetch_and_add(&file->collisions, 1);
	}
	return -EEXIST;		/* all keys that are tried belong to other names */
}

SEC("tracepoint/raw_syscalls/sys_enter")
int openat_enter(struct sys_enter_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), start = ctx->args[1];
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	if (ctx->nr != __NR_openat || !is_observed() || is_compat())
		return 0;
	err = bpf_map_update_elem(&starts, &id, &start, BPF_ANY);
	if (err)
		count_unkept(&stats, err);
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int openat_exit(struct sys_exit_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), *start;
	struct file_opens_stats *stat;
	struct file_opens_file *file;
	__u32 zero = 0;
	int err;

	if (ctx->nr != __NR_openat)
		return 0;
	stat = bpf_map_lookup_elem(&stats, &zero);
	file = bpf_map_lookup_elem(&scratch, &zero);
	if (!stat || !file)
		return 0;
	start = bpf_map_lookup_elem(&starts, &id);
	if (!start) {
		if (is_observed() && !is_compat())
			stat->unmatched++;
		return 0;
	}

	/* At the entry its page may not be in memory yet; now the kernel has read the name. */
	__builtin_memset(&file->name, 0, sizeof(file->name));
	bpf_probe_read_user_str(file->name.name, sizeof(file->name.name), (void *)*start);
	bpf_map_delete_elem(&starts, &id);

	stat->opens++;
	err = count_process(id >> 32);
	if (err) {
		stat->unprocessed++;
		stat->process_error = err;
	}
	err = count_file(file);
	if (err) {
		stat->unnamed++;
		stat->name_error = err;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
