/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu_watch.h - which CPU has come online since the perf rings were opened?
 *
 * A perf event of a CPU ends when that goes offline (also in a suspend), and it stays
 * dead when the CPU comes back: bpf_perf_event_output() then gives EOPNOTSUPP there,
 * and ENOENT on a CPU that had been offline when the rings were opened.  Nobody is
 * told.  A ring buffer (5.8) is not bound to CPUs and knows nothing of it.
 */
#ifndef LEGACY_LIB_CPU_WATCH_H
#define LEGACY_LIB_CPU_WATCH_H

/*
 * The number of a CPU that has come online since the call before, or -1.  The first
 * call begins it: before the rings are opened.  Looks ten times a second at most.
 */
int cpu_came(void);

/* For a reader that cannot open a ring again: says so of each such CPU. */
void cpu_came_say(const char *reader);

#endif
