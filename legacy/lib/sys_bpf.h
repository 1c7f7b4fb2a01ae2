/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sys_bpf.h - a function for each command of bpf(2) that is used here.
 *
 * bpf(2) is one system call with a union of arguments; libbpf's bpf.h has functions such
 * as these.  All return what bpf(2) returns: 0 or a descriptor, or -1 and errno.  They
 * print nothing, except for the verifier's log.  Before memory was charged to cgroups
 * (5.11), EPERM often meant that RLIMIT_MEMLOCK was too low, and not that the process
 * lacks a capability.
 */
#ifndef LEGACY_LIB_SYS_BPF_H
#define LEGACY_LIB_SYS_BPF_H

#include <stddef.h>
#include <linux/bpf.h>

/* The arguments are the fields of struct bpf_map_def. */
int sys_map_create(const char *name, __u32 type, __u32 key_size,
		   __u32 value_size, __u32 max_entries, __u32 map_flags);
/* The inner map is only a template: maps that are stored must have the same properties. */
int sys_map_create_outer(const char *name, __u32 type, __u32 key_size, int inner_fd,
			 __u32 max_entries, __u32 map_flags);
int sys_map_lookup(int fd, const void *key, void *value);
int sys_map_update(int fd, const void *key, const void *value, __u64 flags);
int sys_map_delete(int fd, const void *key);
/* Takes the next value of a queue or stack, or since 5.14 an entry of a hash. */
int sys_map_lookup_and_delete(int fd, const void *key, void *value);
/* With @key NULL (since 4.12) it returns the first key; ENOENT is the end. */
int sys_map_next_key(int fd, const void *key, void *next_key);
/* After this bpf(2) cannot write to the map any more; programs can. */
int sys_map_freeze(int fd);
/* @info has, among others, the id, which bpftool shows and a lookup in a map of maps returns. */
int sys_map_info(int fd, struct bpf_map_info *info);

/* Loads a program; shows the end of the verifier's log if the kernel refuses it. */
int sys_prog_load(const char *name, __u32 type, const struct bpf_insn *insns,
		  size_t insn_cnt, const char *license);

/* Returns a descriptor of the program; ENOENT if it does not exist any more. */
int sys_prog_by_id(__u32 id);

int sys_obj_pin(int fd, const char *path);
int sys_obj_get(const char *path);

int sys_raw_tracepoint_open(const char *name, int prog_fd);

/*
 * One more than the largest number that a CPU may have: at least the number of values in an
 * entry of a per-CPU map, and the size that a PERF_EVENT_ARRAY needs.
 */
int possible_cpus(void);

#endif
