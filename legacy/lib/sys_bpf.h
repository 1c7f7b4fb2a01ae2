/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sys_bpf.h - bpf(2), a function for each command that is used.
 *
 * There is one system call and one union of arguments; libbpf's bpf.h is made
 * of functions such as these.  All return what bpf(2) returns: 0 or a
 * descriptor, or -1 and errno.  Nothing is printed, except for what the
 * verifier has to say.  The trap of that time: before memory was charged to
 * cgroups (5.11), EPERM often meant RLIMIT_MEMLOCK and not a lack of rights.
 */
#ifndef LEGACY_LIB_SYS_BPF_H
#define LEGACY_LIB_SYS_BPF_H

#include <stddef.h>
#include <linux/bpf.h>

/* The fields of struct bpf_map_def, as they go to the kernel. */
int sys_map_create(const char *name, __u32 type, __u32 key_size,
		   __u32 value_size, __u32 max_entries, __u32 map_flags);
/* The inner map is a model only: what it is like, those put in must be like. */
int sys_map_create_outer(const char *name, __u32 type, __u32 key_size, int inner_fd,
			 __u32 max_entries, __u32 map_flags);
int sys_map_lookup(int fd, const void *key, void *value);
int sys_map_update(int fd, const void *key, const void *value, __u64 flags);
int sys_map_delete(int fd, const void *key);
/* Pops, from a queue or stack; of a hash since 5.14. */
int sys_map_lookup_and_delete(int fd, const void *key, void *value);
/* @key NULL asks for the first; ENOENT is the end. */
int sys_map_next_key(int fd, const void *key, void *next_key);
/* No bpf(2) may write to it any more; programs may. */
int sys_map_freeze(int fd);
/* Among others its id: what bpftool shows, and a map of maps gives. */
int sys_map_info(int fd, struct bpf_map_info *info);

/* Loads a program; the end of the verifier's log is shown if it is refused. */
int sys_prog_load(const char *name, __u32 type, const struct bpf_insn *insns,
		  size_t insn_cnt, const char *license);

/* ENOENT: there is no such program any more. */
int sys_prog_by_id(__u32 id);

int sys_obj_pin(int fd, const char *path);
int sys_obj_get(const char *path);

int sys_raw_tracepoint_open(const char *name, int prog_fd);

/*
 * One more than the largest number a CPU may ever have: never less than the
 * slots of a per-CPU value, and the size that a PERF_EVENT_ARRAY needs.
 */
int possible_cpus(void);

#endif
