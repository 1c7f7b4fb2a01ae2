// SPDX-License-Identifier: GPL-2.0
/*
 * file_opens_kern.c - counts opens by process and by name, as in Linux 4.7.
 *
 * It counts in two hashes, which user space reads when it needs them, instead of sending
 * a record for each open.  A key had to be on the stack, which has 512 bytes, and 256 of
 * them leave too little for the rest.  So the key is a hash of the name, and the name
 * itself is in the value.  Two names may have the same hash: so the names are compared,
 * and the second name takes the next key.
 * Newer than 4.7 are is_observed() (4.9), bpf_probe_read_user_str() (5.5; before that it
 * was bpf_probe_read_str(), 4.11), and a value that is updated from another map, `scratch`
 * (4.18).
 * Its counterpart is modern/file_opens.bpf.c.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "file_opens.bpf.h"
#include "raw_syscalls.h"

struct bpf_map_def SEC("maps") processes = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct file_opens_process),
	.max_entries = FILE_OPENS_MAX_PROCESSES,
};

struct bpf_map_def SEC("maps") files = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = sizeof(__u64),	/* of the name */
	.value_size = sizeof(struct file_opens_file),
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
 * The first open makes the entry.  Two CPUs may try that at once: the one that
 * comes second finds the entry of the first, and adds to it.
 */
static __always_inline int count_process(__u32 pid)
{
	struct file_opens_process *p, new;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

	p = bpf_map_lookup_elem(&processes, &pid);
	if (!p) {
		new.opens = 1;
		new.first = bpf_ktime_get_ns();
		new.last = new.first;
		__builtin_memset(new.comm, 0, sizeof(new.comm));
		bpf_get_current_comm(new.comm, sizeof(new.comm));
		err = bpf_map_update_elem(&processes, &pid, &new, BPF_NOEXIST);
		if (!err)
			return 0;
		p = bpf_map_lookup_elem(&processes, &pid);
		if (!p)
			return err;
	}
	__sync_fetch_and_add(&p->opens, 1);
	p->last = bpf_ktime_get_ns();	/* of two CPUs at once, either may win */
	return 0;
}

static __always_inline int count_file(const struct file_opens_file *new)
{
	__u64 key = hash_of(&new->name);
	struct file_opens_file *file;
	int err;	/* a long would be wrong before Linux 6.4: only 32 bits are returned */

#pragma unroll
	for (int i = 0; i < FILE_OPENS_SLOTS; i++, key++) {
		file = bpf_map_lookup_elem(&files, &key);
		if (!file) {
			err = bpf_map_update_elem(&files, &key, new, BPF_NOEXIST);
			if (!err)
				return 0;
			file = bpf_map_lookup_elem(&files, &key);
			if (!file)
				return err;
		}
		if (is_same(&file->name, &new->name)) {
			__sync_fetch_and_add(&file->opens, 1);
			return 0;
		}
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

	file->opens = 1;
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
