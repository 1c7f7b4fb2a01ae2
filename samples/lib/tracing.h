/* SPDX-License-Identifier: GPL-2.0 */
/* tracing.h - what a variant needs of the kernel's tracing before it can attach. */
#ifndef SAMPLES_LIB_TRACING_H
#define SAMPLES_LIB_TRACING_H

/* The type of perf event that is a kprobe, since Linux 4.17: a file with a number. */
#define TRACING_KPROBE	"/sys/bus/event_source/devices/kprobe/type"

/*
 * The ids of tracepoints and kprobes are in tracefs; libbpf 0.x looks for it only
 * below debugfs.  Where they are not mounted, this mounts them for this process.
 */
void tracing_mount(void);

/*
 * Each ends the process with status 4, and a line that says why, if the kernel has none.  The
 * first returns the directory of tracefs, which has the numbers of tracepoints.
 */
const char *tracing_needs_tracefs(void);
void tracing_needs_kprobes(void);

#endif
