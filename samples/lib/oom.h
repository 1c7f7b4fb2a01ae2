/* SPDX-License-Identifier: GPL-2.0 */
/* oom.h - how often the kernel has killed a process because memory ran out. */
#ifndef SAMPLES_LIB_OOM_H
#define SAMPLES_LIB_OOM_H

/* The number since boot, of this machine or of a cgroup; 0 if the kernel does not count. */
unsigned long long oom_kills(void);

#endif
