// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output_raw.c - receives a record for every write(2), by system calls alone.
 *
 * This is the kernel's interface without a library.  bpf(2) (Linux 3.18) creates the
 * maps and loads the program, perf_event_open(2) opens a ring for each CPU and the
 * kprobe, and the records are read from memory that is shared with the kernel.  A program
 * can write only to the ring of the CPU on which it runs, so it has to pass
 * BPF_F_CURRENT_CPU.
 *
 * This file is read first, so the rings are opened and the program is attached here; the
 * other raw variants use perf_ring.c, attach.c and raw.c for that.  The calls of bpf(2)
 * are in sys_bpf.c, a function for each command: sys_map_update() and so on.  elf_load.c
 * reads the object, and kern_load(), at its end, creates the maps, puts their descriptors
 * into the instructions and loads the program, as bpf_load.c did in samples/bpf.
 * perf_ring.c finds the records in the memory of a ring, cpu_watch.c has a perf event on
 * each CPU to find out which CPUs come online, and attach.c reads the number of the type
 * of event that a kprobe is.
 * Its counterparts are legacy/trace_output_user.c and modern/trace_output.c.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "observe.h"
#include "permission.h"
#include "trace_output.h"
#include "trace_output_report.h"
#include "tracing.h"

#include "attach.h"
#include "cpu_watch.h"
#include "elf_load.h"
#include "ksym.h"
#include "observed.h"
#include "perf_ring.h"
#include "sys_bpf.h"

static int cpus;
static size_t ring_size = 1 << 18;	/* of each CPU: bytes, a power of two of pages */
static struct perf_ring *rings;	/* of each CPU; one that is offline has none */
static struct pollfd *waits;	/* the perf events of these rings; -1 if there is none */

static const char *why(void)
{
	return errno == EPERM || errno == EACCES ? permission_why() : strerror(errno);
}

static int handle_event(const void *data, __u32 size)
{
	if (size < sizeof(struct trace_output_event))
		return -1;
	trace_output_event(data);
	return 0;
}

/* Opens the ring of a CPU and stores it in my_map.  Returns 0, or -1 after a warning. */
static int open_ring(int my_map, int cpu)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.watermark = 1,
		.wakeup_watermark = ring_size / 4,	/* wakes the reader when so much is full */
	};
	void *memory;
	int fd;

	fd = syscall(__NR_perf_event_open, &attr, -1 /* any task */, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	waits[cpu] = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (fd < 0 && errno == ENODEV)
		return 0;	/* the CPU is offline: nothing runs there until it comes online */
	if (fd < 0) {
		observe_warn("CPU %d: perf_event_open: %s", cpu, why());
		return -1;
	}
	/* The first page has the positions, which the kernel and the reader move. */
	memory = mmap(NULL, page + ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		observe_warn("CPU %d: cannot map a ring of %zu bytes: %s%s", cpu, ring_size,
			     strerror(errno), errno == EPERM ?
			     " (see ulimit -l and kernel.perf_event_mlock_kb)" : "");
		return -1;
	}
	rings[cpu].page = memory;
	rings[cpu].data = (char *)memory + page;
	rings[cpu].size = ring_size;
	if (sys_map_update(my_map, &cpu, &fd, BPF_ANY)) {
		observe_warn("CPU %d: cannot store its ring in my_map: %s", cpu, strerror(errno));
		return -1;
	}
	return 0;
}

static void close_ring(int cpu)
{
	if (rings[cpu].page)
		munmap(rings[cpu].page, sysconf(_SC_PAGESIZE) + ring_size);
	if (waits[cpu].fd >= 0)
		close(waits[cpu].fd);
	rings[cpu].page = NULL;
	waits[cpu].fd = -1;
}

static int open_rings(int my_map)
{
	int err = 0;

	cpu_came();	/* from this first call on it finds CPUs that come online */
	cpus = possible_cpus();
	rings = cpus < 0 ? NULL : calloc(cpus, sizeof(*rings));
	waits = cpus < 0 ? NULL : calloc(cpus, sizeof(*waits));
	if (!rings || !waits) {
		observe_warn("cannot make a ring for each CPU: %s", strerror(errno));
		return -1;
	}
	for (int cpu = 0; cpu < cpus; cpu++)
		waits[cpu].fd = -1;
	for (int cpu = 0; !err && cpu < cpus; cpu++)
		err = open_ring(my_map, cpu);
	return err;
}

static int read_rings(int my_map)
{
	int cpu, err = 0;

	for (cpu = 0; cpu < cpus; cpu++)
		if (rings[cpu].page)
			err |= perf_ring_read(&rings[cpu], handle_event);
	/* The ring of a CPU that was offline meanwhile is dead, but its records are still good. */
	while ((cpu = cpu_came()) >= 0) {
		if (rings[cpu].page)
			err |= perf_ring_read(&rings[cpu], handle_event);
		close_ring(cpu);
		if (open_ring(my_map, cpu))
			return -1;
		observe_warn("CPU %d came online after this began: it has a ring now, but earlier records are lost",
			     cpu);
	}
	return err;
}

/* Opens the kprobe and attaches the program.  Returns a descriptor, or -1 after a warning. */
static int attach(int prog)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.kprobe_func = (unsigned long)ksym("sys_write"),
	};
	int type = kprobe_type(), cpu = 0, fd;

	if (type < 0)
		return -1;
	attr.type = type;
	/*
	 * The program is attached to the probe, which all CPUs share, and not to the event of
	 * one CPU.  But the event has to be opened on a CPU that is online.
	 */
	while (cpu < cpus - 1 && !rings[cpu].page)
		cpu++;
	fd = syscall(__NR_perf_event_open, &attr, -1 /* any task */, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0) {
		observe_warn("kprobe %s: %s", ksym("sys_write"), errno == ENOENT ?
			     "this kernel has no such symbol; see /proc/kallsyms" : why());
		return -1;
	}
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0)) {
		observe_warn("kprobe %s: cannot attach the program to the event: %s",
			     ksym("sys_write"), why());
		close(fd);
		return -1;
	}
	return fd;
}

/* Sets in the maps of lib/observed.h which tasks to observe.  Returns 0, or -1 after a warning. */
static int set_observed(const struct kern_object *obj)
{
	struct observed_config config = {
		.by_cgroup = observe.by_cgroup,
		.self = observe.pid,
	};
	__u32 zero = 0;
	int err;

	err = sys_map_update(kern_map_fd(obj, "observed"), &zero, &config, BPF_ANY);
	/* The value is a descriptor; the kernel stores the cgroup that it refers to. */
	if (!err && observe.by_cgroup)
		err = sys_map_update(kern_map_fd(obj, "observed_cgroup"), &zero, &observe.cgroup_fd,
				     BPF_ANY);
	if (err)
		observe_warn("cannot set which tasks to observe: %s", strerror(errno));
	return err;
}

/*
 * Adds up the counters of all CPUs.  A lookup in a per-CPU map writes a value for each CPU that
 * is possible, each rounded up to 8 bytes, and is not told how large the buffer is.  Returns 0,
 * or -1 after a warning.
 */
static int read_stats(int stats, struct trace_output_stats *sum)
{
	struct trace_output_stats values[cpus];
	__u32 zero = 0;

	/* Where the numbers of CPUs have holes, the kernel writes fewer values than @cpus. */
	memset(values, 0, sizeof(values));
	memset(sum, 0, sizeof(*sum));
	if (sys_map_lookup(stats, &zero, values)) {
		observe_warn("cannot read the counters: %s", strerror(errno));
		return -1;
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		sum->sent += values[cpu].sent;
		sum->lost += values[cpu].lost;
		if (values[cpu].error)
			sum->error = values[cpu].error;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct kern_object *obj = NULL;
	struct trace_output_stats sum;
	enum observe_event event;
	int my_map, stats, link = -1;
	__u64 reported = 0;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv,
		     "Counts the write(2) calls, and shows each with -v, by bpf(2) and perf_event_open(2) alone.");
	if (observe.ring)
		ring_size = observe.ring;
	tracing_needs_kprobes();

	obj = kern_open(observe_object());
	err = obj ? kern_load(obj) : -1;
	if (err)
		goto cleanup;
	err = set_observed(obj);
	if (err)
		goto cleanup;
	my_map = kern_map_fd(obj, "my_map");
	stats = kern_map_fd(obj, "stats");
	err = open_rings(my_map);
	if (err)
		goto cleanup;
	link = attach(kern_prog_fd(obj, "trace_output"));
	err = link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while (!exiting) {
		poll(waits, cpus, observe.tick);
		event = observe_event();
		/* Not every record wakes the reader, and a sync asks for all of them. */
		err = read_rings(my_map);
		if (!err && (event == OBSERVE_SYNC || event == OBSERVE_REPORT))
			err = read_stats(stats, &sum);
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(trace_output_seen(), sum.lost);
		else if (event == OBSERVE_REPORT)
			trace_output_report(sum.lost);
	}

	/* Closing the event detaches the program. */
	close(link);
	link = -1;
	observe_detached();
	err = read_rings(my_map);
	if (!err)
		err = read_stats(stats, &sum);
	if (err)
		goto cleanup;
	for (int cpu = 0; cpu < cpus; cpu++)
		reported += rings[cpu].lost;
	/* PERF_RECORD_LOST comes only before a later record, so the rings may report fewer. */
	if (reported > sum.lost) {
		observe_warn("the program counted %llu lost records, but the rings report %llu",
			     (unsigned long long)sum.lost, (unsigned long long)reported);
		err = -1;
		goto cleanup;
	}
	trace_output_end(sum.lost);
	err = observe_totals(trace_output_seen(), sum.sent, sum.lost, sum.error);
cleanup:
	if (link >= 0)
		close(link);
	for (int cpu = 0; waits && cpu < cpus; cpu++)
		close_ring(cpu);
	free(rings);
	free(waits);
	kern_close(obj);
	return observe_exit(err);
}
