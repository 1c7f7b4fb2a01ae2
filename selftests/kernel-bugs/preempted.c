// SPDX-License-Identifier: GPL-2.0
/*
 * preempted - are there calls that a program at a tracepoint does not see?
 *
 * Threads on one CPU make getpgid(2) calls, a known number, and three programs
 * count them, each from another hook.  First the threads run as the scheduler
 * decides (SCHED_OTHER), then one after the other (SCHED_FIFO), so that no thread
 * preempts another.  preempted.sh says what the result is, and why.
 * It needs nothing but libbpf, and preempted.bpf.o in the current directory.
 * Exit status: 0 if all calls were seen, 1 if not, 4 if it could not be tried.
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define THREADS	4
#define CALLS	200000		/* of each: some hundred turns on a slow machine */

static struct bpf_object *obj;
static int seen_fd;

static void *call(void *barrier)
{
	pthread_barrier_wait(barrier);
	for (int i = 0; i < CALLS; i++)
		syscall(__NR_getpgid, 0);
	return NULL;
}

/* Runs that the kernel skipped, as far as it counts them. */
static __u64 skipped(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		err(1, "cannot ask for a program's info");
	return info.recursion_misses;
}

/* Runs the threads, and prints what was seen of their calls.  Returns 0 if that was all. */
static int count(const char *policy)
{
	static __u64 seen_before[3], skipped_before[3];
	pthread_barrier_t barrier;
	pthread_t threads[THREADS];
	struct bpf_program *prog;
	int unseen = 0;
	__u32 hook = 0;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, call, &barrier))
			errx(1, "cannot start a thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	bpf_object__for_each_program(prog, obj) {
		__u64 seen, missed = skipped(prog);

		if (bpf_map_lookup_elem(seen_fd, &hook, &seen))
			err(1, "cannot read the map");
		seen -= seen_before[hook];
		printf("%-12s %-37s %9d %9llu %9llu %9llu\n", policy,
		       bpf_program__section_name(prog), THREADS * CALLS, seen,
		       THREADS * CALLS - seen, missed - skipped_before[hook]);
		seen_before[hook] += seen;
		skipped_before[hook++] = missed;
		unseen |= seen != THREADS * CALLS;
	}
	return unseen;
}

int main(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	__u64 pid = getpid();
	struct bpf_program *prog;
	__u32 last = 3;
	cpu_set_t first;
	int unseen;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		err(1, "cannot stay on CPU 0");
	obj = bpf_object__open_file("preempted.bpf.o", NULL);
	if (!obj || bpf_object__load(obj))
		err(1, "cannot load preempted.bpf.o");
	seen_fd = bpf_object__find_map_fd_by_name(obj, "seen");
	if (bpf_map_update_elem(seen_fd, &last, &pid, BPF_ANY))
		err(1, "cannot write to the map");
	bpf_object__for_each_program(prog, obj)
		if (!bpf_program__attach(prog))
			err(4, "cannot attach to %s", bpf_program__section_name(prog));

	printf("%-12s %-37s %9s %9s %9s %9s\n", "policy", "hook", "calls", "seen", "unseen",
	       "skipped");
	unseen = count("SCHED_OTHER");
	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		err(1, "cannot be SCHED_FIFO");
	return unseen | count("SCHED_FIFO");
}
