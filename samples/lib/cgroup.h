/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgroup.h - a cgroup of one's own, to say which tasks are observed.
 *
 * It is made directly below the root of a cgroup2 mount (wherever that is, hybrid
 * or not), and whoever made it holds a flock(2) on its directory as long as it
 * lives.  So nobody has to remember it: whoever starts next removes those that are
 * not locked, in whatever pid, time or mount namespace their owner was.
 *
 * It is called bpf_evolution.PID.lock-XXXXXX.  The PID tells a person whose it is; it
 * decides only whether who finds it locked waits a moment, as the owner is dying.  The
 * X are different each time, so that whoever removes a cgroup by its name removes no
 * other.
 *
 * All functions return 0, or -1 with errno; they print nothing.
 */
#ifndef SAMPLES_LIB_CGROUP_H
#define SAMPLES_LIB_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

/*
 * Room for the path of one's cgroup, in memory that children share, or NULL: a guard
 * that was started before the cgroup was made then knows where it is.
 */
char *cgroup_room(void);

/*
 * Makes a cgroup, and puts its path into @room.  Returns a descriptor, which is the
 * lock: the cgroup is the caller's until that is closed.  It is not inherited by a
 * program that is executed.  After a failure @room is what could not be made, or ""
 * if no cgroup2 is mounted (then errno is ENODEV).
 */
int cgroup_make(char *room);

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
 * then removes the cgroup in @room, if there is one, with all tasks: for an owner that
 * is killed.  It holds no files of the caller's.  Returns its pid: when all is
 * well, kill it and wait.
 */
pid_t cgroup_guard(pid_t owner, const char *room);

/* Removes the cgroups whose owner is dead, with their tasks.  Returns how many. */
int cgroup_sweep(void);

#endif
