/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgroup.h - a cgroup of one's own, to say which tasks are observed.
 *
 * It is made directly below the root of the cgroup2 mount (wherever that is,
 * hybrid or not) and is called bpf_evolution.PID.STARTTIME, after its owner.
 * So nobody has to remember it: whoever starts next removes those whose owner
 * is dead.  PID alone would not do, since pids are used again.
 *
 * All functions return 0, or -1 with errno; they print nothing.
 */
#ifndef SAMPLES_LIB_CGROUP_H
#define SAMPLES_LIB_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

/* Where cgroup2 is mounted; errno is ENODEV if it is not. */
int cgroup_mount(char *path, size_t size);

/*
 * Makes the caller's cgroup and says where.  After a failure @path is what
 * could not be made, or "" if there is no cgroup2.
 */
int cgroup_make(char *path, size_t size);

/* Moves a process into the cgroup; @pid 0 is the caller. */
int cgroup_add(const char *path, pid_t pid);

/*
 * What bpf_get_current_ancestor_cgroup_id(level) says for a task below @path:
 * the cgroup's id, and its depth in the whole hierarchy (the root is 0).
 */
int cgroup_identify(const char *path, __u64 *id, int *level);

/* Kills all tasks in the cgroup and below it, and waits until they are gone. */
int cgroup_kill(const char *path);

/*
 * Removes the cgroup and those below it.  Tasks still in there are killed, or
 * with cgroup_leave() moved to the parent.  errno is EBUSY if that took too
 * long.
 */
int cgroup_remove(const char *path);
int cgroup_leave(const char *path);

/*
 * Starts a process that waits until @owner, the caller or a child, is dead, and
 * then removes its cgroup with all tasks: for an owner that is killed.  It holds
 * no files of the caller's.  Returns its pid: when all is well, kill it and wait.
 */
pid_t cgroup_guard(pid_t owner);

/*
 * Removes the cgroups whose owner is dead, with their tasks.  Returns how many
 * there were.  In a pid namespace nobody can tell, and nothing is removed.
 */
int cgroup_sweep(void);

#endif
