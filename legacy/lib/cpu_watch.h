/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu_watch.h - finds CPUs that have come online since the perf rings were opened.
 *
 * A perf event of a CPU ends when the CPU goes offline (also in a suspend), and stays
 * dead when it comes back: bpf_perf_event_output() then returns EOPNOTSUPP there, and
 * ENOENT on a CPU that was offline when the rings were opened.  The reader gets no
 * notice of it.  A ring buffer (5.8) is not bound to CPUs and does not have this
 * problem.
 */
#ifndef LEGACY_LIB_CPU_WATCH_H
#define LEGACY_LIB_CPU_WATCH_H

/*
 * Returns the number of a CPU that has come online since the previous call, or -1.  The first
 * call has to be made before the rings are opened.  It looks ten times a second at most.
 */
int cpu_came(void);

/* For a reader that cannot open a ring again: warns of each CPU that has come online. */
void cpu_came_say(const char *reader);

#endif
