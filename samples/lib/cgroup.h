/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgroup.h - a cgroup of our own: the tasks in it are those that are observed.
 *
 * It is made directly below the root of a cgroup2 mount (wherever that is, also in a
 * hybrid hierarchy).  The process that made it, its owner, holds a flock(2) on its
 * directory as long as it lives.  So no list of cgroups is needed: the next program
 * that starts removes those that are not locked, in whatever pid, time or mount
 * namespace their owner was.
 *
 * It is called bpf_evolution.PID.lock-XXXXXX.  The PID tells a person who the owner is.
 * A process that finds the cgroup locked uses the PID only to see whether the owner is
 * dying, and then waits a moment.  The X are different each time, so that removing a
 * cgroup by its name cannot remove a newer one.
 *
 * All functions return 0, or -1 with errno; they print nothing.
 */
#ifndef SAMPLES_LIB_CGROUP_H
#define SAMPLES_LIB_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

/*
 * Room for the path of the cgroup, or NULL.  Children share this memory, so a guard
 * that was started before the cgroup was made finds its path there.
 */
char *cgroup_room(void);

/*
 * Makes a cgroup, and puts its path into @room.  Returns a descriptor, which is the
 * lock: the cgroup is the caller's until the descriptor is closed.  It is
 * close-on-exec.  After a failure @room is the path that could not be made, or ""
 * if no cgroup2 is mounted (then errno is ENODEV).
 */
int cgroup_make(char *room);

/* Moves a process into the cgroup; @pid 0 is the caller. */
int cgroup_add(const char *path, pid_t pid);

/*
 * What bpf_get_current_ancestor_cgroup_id(level) returns for a task below @path: the
 * cgroup's @id.  @level is its depth in the whole hierarchy (the root is 0).
 */
int cgroup_identify(const char *path, __u64 *id, int *level);

/* Kills all tasks in the cgroup and below it, and waits until they are gone. */
int cgroup_kill(const char *path);

/*
 * These remove the cgroup and those below it.  cgroup_remove() kills the tasks that
 * are still in there, cgroup_leave() moves them to the parent.  errno is EBUSY if that
 * took too long.
 */
int cgroup_remove(const char *path);
int cgroup_leave(const char *path);

/*
 * Starts a process, the guard, for the case that @owner, the caller or a child, is
 * killed.  The guard waits until @owner is dead, and then removes the cgroup in @room,
 * if there is one, and kills all its tasks.  It keeps no files of the caller open.
 * Returns the pid of the guard: a caller that has removed the cgroup itself kills the
 * guard and waits for it.
 */
pid_t cgroup_guard(pid_t owner, const char *room);

/* Removes the cgroups whose owner is dead, with their tasks.  Returns how many. */
int cgroup_sweep(void);

#endif
