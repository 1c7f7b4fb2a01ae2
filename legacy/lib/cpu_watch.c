// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_watch.c - finds CPUs that have come online since the perf rings were opened.
 *
 * The list of online CPUs does not show a CPU that went offline and came back between
 * two looks at it, as all CPUs but one do in a suspend.  So there is a perf event on
 * each CPU that counts nothing: as long as it is alive, the time for which it has been
 * enabled goes on.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/perf_event.h>

#include "observe.h"

#include "cpu_watch.h"
#include "sys_bpf.h"

#define TICK_NS	100000000ULL
#define STILL	3	/* looks: in a guest the clock of a CPU may stand still for a while */

struct watched {
	int fd;			/* -1: offline */
	__u64 enabled;		/* ns, as of the last look at it */
	int still;		/* for how many looks it has been the same */
};

static struct watched *cpus;
static int cnt;

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int watch(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED,
	};

	cpus[cpu].enabled = ~0ULL;
	cpus[cpu].still = 0;
	cpus[cpu].fd = syscall(__NR_perf_event_open, &attr, -1 /* any task */, cpu, -1,
			       PERF_FLAG_FD_CLOEXEC);
	return cpus[cpu].fd;
}

static bool alive(struct watched *w)
{
	struct {
		__u64 value, enabled;
	} is;
	bool moved = read(w->fd, &is, sizeof(is)) == sizeof(is) && is.enabled != w->enabled;

	w->enabled = is.enabled;
	w->still = moved ? 0 : w->still + 1;
	return w->still < STILL;
}

static void begin(void)
{
	int possible = possible_cpus();

	cpus = possible > 0 ? calloc(possible, sizeof(*cpus)) : NULL;
	if (!cpus)
		observe_die("cannot watch the CPUs: %s", strerror(errno));
	for (cnt = 0; cnt < possible; cnt++)
		watch(cnt);
}

int cpu_came(void)
{
	static int next;	/* the next CPU of this round, or 0 if the round is over */
	static __u64 looked;
	__u64 ns = now();
	int cpu;

	if (!cpus) {
		begin();
		looked = ns;
		return -1;
	}
	if (!next && ns - looked < TICK_NS)
		return -1;
	looked = ns;
	while (next < cnt) {
		cpu = next++;
		if (cpus[cpu].fd >= 0 && alive(&cpus[cpu]))
			continue;
		if (cpus[cpu].fd >= 0)
			close(cpus[cpu].fd);
		if (watch(cpu) >= 0)
			return cpu;
	}
	next = 0;
	return -1;
}

void cpu_came_say(const char *reader)
{
	int cpu;

	while ((cpu = cpu_came()) >= 0)
		observe_warn("CPU %d came online after this began: %s has no ring for it, so its records are lost",
			     cpu, reader);
}
