// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count.c - the workload: system calls that it counts itself.
 *
 * Between "go" and the end of a round only the functions below make system calls, and
 * they log each one; no function of libc is called that makes its own.  So the expected
 * counts are exact for every number.  Among the calls are all those whose enters and
 * exits differ: exit never returns, rt_sigreturn with the number -1, and on x86-64 clone
 * twice, and execveat with the number of execve.  Some calls fail, some do not exist.
 * Threads of one process are in the same call at the same time, and two CPUs count the same
 * number, or begin to count one.  Others sleep in different calls at the same time.  32-bit
 * calls have other numbers, and are counted by these.  Processes make calls in a cgroup below
 * the one that is observed, and in one beside it, which no variant may count.
 *
 * To fill up the map of the starts, many more threads come, on x86-64, and leave by the 32-bit
 * exit: its number is that of write(2), so a program waits for its return.  The last ones have
 * to be counted as lost.
 *
 * For each number it knows how long the calls may have taken: not less than those that sleep
 * were told to, and not more than it has measured around them.  It reads the clock without a
 * system call.  On a machine whose clock needs one, it measures only the calls that sleep,
 * and counts the calls for the clock as well.
 */
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <linux/types.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "syscall_count.h"
#include "syscall_names.h"
#include "workload.h"

#define WORKERS		3	/* processes at the same time, each on a CPU */
#define SHARES		6	/* 1 + 2 + 3: each worker does a different number */
#define THREADS		2	/* threads of a worker, beside the first one */
#define STORM		24	/* calls of one number, by all workers at once */
#define FIRST_STORM	3000	/* the same when a round begins, by two workers */
#define PAIRS		32	/* of calls of numbers that no call has, in a round */
#define SINGLES		8	/* single calls of other such numbers, in a round */
#define ROUNDS		2
#define UNUSED		(ROUNDS * (PAIRS + SINGLES))
#define NEVER_NEW	424	/* new calls get this number or a higher one */
#define MAX_EVENTS	480
#define FILLERS		(SYSCALL_COUNT_THREADS + 16)
#define UNENDED		(FILLERS + MAX_EVENTS)
#define ROOM		(SYSCALL_COUNT_THREADS - 1)	/* one thread is in clone(2) meanwhile */

#define MS		1000000ULL	/* nanoseconds */

/*
 * What differs.  `executed` is the number of execveat(2) when it returns to the new program;
 * `sigreturn_nr` is the call by which a plain handler returns, whose exit has no number
 * anywhere.  A new task returns, too: sys_exit shows that with the number of the call that has
 * made it (SAME), with another one, or not at all (NOT_SEEN).
 */
#define NOT_SEEN	-2
#define SAME		-3
#if defined(__x86_64__)
static const long executed = SYS_execve, sigreturn_nr = SYS_rt_sigreturn, born = SAME;
static const bool flags_first = true;	/* in the arguments of clone(2) */
#elif defined(__aarch64__)
static const long executed = SYS_execveat, sigreturn_nr = SYS_rt_sigreturn, born = NOT_SEEN;
static const bool flags_first = true;
#elif defined(__s390x__)
static const long executed = SYS_execveat, sigreturn_nr = SYS_sigreturn, born = -1;
static const bool flags_first;
#else
#error "nobody has tried how this architecture shows clone(2), execveat(2) and signals at sys_exit"
#endif

enum { FAIL, UNKNOWN, CLONE, CLONE3, VFORK, THREAD, SIGNAL, EXEC, SLEEP, CALL32, PLACES, KINDS };

struct log {
	__u64 enters, exits, measured;
	/* Bounds of the times.  All begin as 0, so a minimum is kept as ~minimum. */
	__u64 total_low, total_high, not_min_low, not_min_high, max_low, max_high;
};

/* What all processes write to. */
static struct {
	struct log log[SYSCALL_COUNT_SLOTS];
	/* The threads whose call never exits, or exits as another thread. */
	struct unended {
		__u32 pid, tid, nr;
	} unended[UNENDED];
	unsigned int nr_unended;
	unsigned int met;	/* how often the first two workers have waited for each other */
} *done;
static long nr_cpus;
static pid_t self;
static bool clock_calls;	/* reading the clock is a system call */
static bool has_call32;
static long unused[UNUSED];	/* numbers */
static char stacks[THREADS][16384] __attribute__((aligned(16)));

static void did(long nr, unsigned int enters, unsigned int exits, unsigned int measured)
{
	struct log *log = &done->log[syscall_count_slot(nr)];

	__atomic_fetch_add(&log->enters, enters, __ATOMIC_RELAXED);
	__atomic_fetch_add(&log->exits, exits, __ATOMIC_RELAXED);
	__atomic_fetch_add(&log->measured, measured, __ATOMIC_RELAXED);
}

static void never_ends(long pid, long tid, long nr)
{
	unsigned int i = __atomic_fetch_add(&done->nr_unended, 1, __ATOMIC_RELAXED);

	done->unended[i] = (struct unended){ pid, tid, nr };
}

static void raise_to(__u64 *max, __u64 value)
{
	__u64 old = __atomic_load_n(max, __ATOMIC_RELAXED);

	while (old < value && !__atomic_compare_exchange_n(max, &old, value, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* @n pairs of enter and exit took at least @low each, and at most @high together. */
static void took(long nr, unsigned int n, __u64 low, __u64 high)
{
	struct log *log = &done->log[syscall_count_slot(nr)];

	__atomic_fetch_add(&log->total_low, n * low, __ATOMIC_RELAXED);
	__atomic_fetch_add(&log->total_high, high, __ATOMIC_RELAXED);
	raise_to(&log->not_min_low, ~low);
	raise_to(&log->not_min_high, ~(high / n));
	raise_to(&log->max_low, low);
	raise_to(&log->max_high, high);
}

/* The time, for calls that take @low nanoseconds or more; 0: nobody knows. */
static __u64 now(__u64 low)
{
	struct timespec t;

	if (clock_calls && !low)
		return 0;
	if (clock_calls)
		did(SYS_clock_gettime, 1, 1, 1);
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 * MS + t.tv_nsec;
}

/* Makes and logs a call that returns once, and not before @low nanoseconds. */
static long call_for(__u64 low, long nr, long a, long b, long c, long d)
{
	__u64 before = now(low);
	long ret = syscall(nr, a, b, c, d);

	took(nr, 1, low, now(low) - before);
	did(nr, 1, 1, 1);
	return ret;
}

#define call(nr, a, b, c, d) call_for(0, nr, (long)(a), (long)(b), (long)(c), (long)(d))

/*
 * Ends the process.  This is not declared as noreturn: before such a function is called,
 * sanitizers make system calls of their own.
 */
static int leave(int status)
{
	did(SYS_exit_group, 1, 0, 0);
	return syscall(SYS_exit_group, status);
}

/* Logs a call that has returned in the parent and, if that is @observed, in the child. */
static long cloned(long nr, long pid, __u64 before, bool observed)
{
	if (pid > 0) {
		took(nr, 1, 0, now(0) - before);
		did(nr, 1, 1, 1);
		if (observed && born != NOT_SEEN)
			did(born == SAME ? nr : born, 0, 1, 0);
	}
	return pid;
}

static long clone_process(void)
{
	__u64 before = now(0);
	long pid = syscall(SYS_clone, flags_first ? SIGCHLD : 0, flags_first ? 0 : SIGCHLD,
			   0, 0, 0);

	return cloned(SYS_clone, pid, before, true);
}

static long clone3_process(enum workload_place place)
{
	__u64 before = now(0);

	return cloned(SYS_clone3, workload_fork(place), before, place != WORKLOAD_BESIDE);
}

static int wait_for(long pid)
{
	int status = -1;

	if (pid < 0 || call(SYS_wait4, pid, &status, 0, 0) != pid)
		return -1;
	return status ? -1 : 0;
}

/* Nothing comes between these calls, so that two CPUs count at the same moment. */
static void storm(unsigned int n)
{
	__u64 before = now(0);

	for (unsigned int i = 0; i < n; i++)
		syscall(SYS_getuid);
	took(SYS_getuid, n, 0, now(0) - before);
	did(SYS_getuid, n, n, n);
}

static int do_fail(void)
{
	return call(SYS_dup, -1, 0, 0, 0) != -1 || call(SYS_close, -1, 0, 0, 0) != -1 ||
	       call(SYS_execve, "/nonexistent", 0, 0, 0) != -1;
}

static int do_unknown(void)
{
	static const long numbers[] = { 500, 511, 512, 100000, -1 };

	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (call(numbers[i], 0, 0, 0, 0) != -1)
			return -1;
	return 0;
}

static int do_clone(unsigned int n)
{
	long pid = clone_process();

	if (!pid) {
		storm(n);
		return leave(0);
	}
	return wait_for(pid);
}

static int do_clone3(unsigned int n)
{
	long pid = clone3_process(WORKLOAD_HERE);

	if (!pid) {
		storm(n);
		return leave(0);
	}
	return wait_for(pid);
}

static int thread(void *arg)
{
	storm((unsigned long)arg);
	call(SYS_gettid, 0, 0, 0, 0);
	return 0;	/* libc's clone() then calls exit(2), for this thread only */
}

static int alive[THREADS];	/* the id of a thread, until it has ended */

/* Returns its id, or -1.  @flags: 0 or CLONE_VFORK. */
static long start_thread(int i, int (*body)(void *), unsigned long arg, int flags)
{
	__u64 before = now(0);

	return cloned(SYS_clone,
		      clone(body, stacks[i] + sizeof(stacks[i]),
			    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			    CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | flags,
			    (void *)arg, &alive[i], NULL, &alive[i]), before, true);
}

static void wait_for_thread(int i)
{
	int value;

	did(SYS_exit, 1, 0, 0);
	while ((value = __atomic_load_n(&alive[i], __ATOMIC_ACQUIRE)))
		call(SYS_futex, &alive[i], FUTEX_WAIT, value, NULL);
}

/* All threads make the same calls as the first one, at the same time. */
static int do_threads(unsigned int n)
{
	for (int i = 0; i < THREADS; i++)
		if (start_thread(i, thread, n, 0) < 0)
			return -1;
	storm(n);
	for (int i = 0; i < THREADS; i++)
		wait_for_thread(i);
	return 0;
}

static int sleeper(void *arg)
{
	struct timespec t = { .tv_nsec = (long)arg };

	call_for(t.tv_nsec, SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (long)&t, 0);
	return 0;
}

/* While one thread is in a call, another one enters and leaves others. */
static int do_sleep(void)
{
	struct timespec t = { .tv_nsec = 1 * MS };
	int err;

	if (start_thread(0, sleeper, 4 * MS, 0) < 0)
		return -1;
	err = call_for(t.tv_nsec, SYS_nanosleep, (long)&t, 0, 0, 0) != 0;
	t.tv_nsec = 2 * MS;
	err |= call_for(t.tv_nsec, SYS_nanosleep, (long)&t, 0, 0, 0) != 0;
	wait_for_thread(0);
	return err;
}

/* A program without libc that ends at once, so that no other calls are counted. */
static const unsigned char code[] = {
#if defined(__x86_64__)		/* xor %edi,%edi; mov $231,%eax; syscall: exit_group(0) */
	0x31, 0xff, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05
#elif defined(__aarch64__)	/* mov x0, 0; mov x8, 94; svc 0 */
	0x00, 0x00, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4
#elif defined(__s390x__)	/* lghi %r2,0; svc 248 */
	0xa7, 0x29, 0x00, 0x00, 0x0a, 0xf8
#endif
};

static struct {
	Elf64_Ehdr elf;
	Elf64_Phdr load;
	unsigned char code[sizeof(code)];
} tiny = {
	.elf = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			     ELFDATA2MSB,
#else
			     ELFDATA2LSB,
#endif
			     EV_CURRENT },
		.e_type = ET_EXEC,
#if defined(__x86_64__)
		.e_machine = EM_X86_64,
#elif defined(__aarch64__)
		.e_machine = EM_AARCH64,
#elif defined(__s390x__)
		.e_machine = EM_S390,
#endif
		.e_version = EV_CURRENT,
		.e_entry = 0x400000 + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	},
	.load = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = 0x400000,
		.p_filesz = sizeof(tiny),
		.p_memsz = sizeof(tiny),
		.p_align = 4096,
	},
};

static int tiny_fd = -1;

static int make_tiny(void)
{
	memcpy(tiny.code, code, sizeof(code));
	tiny_fd = memfd_create("tiny", MFD_CLOEXEC);
	return tiny_fd < 0 || write(tiny_fd, &tiny, sizeof(tiny)) != sizeof(tiny) ? -1 : 0;
}

static int execute(int fd)
{
	static char *const args[] = { "tiny", NULL };

	syscall(SYS_execveat, fd, "", args, args + 1, 0x1000 /* AT_EMPTY_PATH */);
	return leave(1);
}

/* Logs a call of execveat(2) that began after @before, by the first thread or another one. */
static void did_exec(__u64 before, bool by_first)
{
	const bool pair = by_first && executed == SYS_execveat;

	if (pair)
		took(SYS_execveat, 1, 0, now(0) - before);
	did(SYS_execveat, 1, 0, pair);
	did(executed, 0, 1, 0);
}

static int exec_tiny(void *logged)
{
	while (!__atomic_load_n((bool *)logged, __ATOMIC_ACQUIRE))
		;
	return execute(tiny_fd);
}

/* A thread that executes a program gets the id of the first one, which the kernel ends. */
static int do_exec(bool by_thread)
{
	static bool logged;
	__u64 before = now(0);
	long pid = clone_process(), tid;

	if (!pid) {
		if (!by_thread)
			return execute(tiny_fd);
		tid = start_thread(0, exec_tiny, (unsigned long)&logged, 0);
		if (tid < 0)
			return leave(1);
		never_ends(call(SYS_getpid, 0, 0, 0, 0), tid, SYS_execveat);
		__atomic_store_n(&logged, true, __ATOMIC_RELEASE);
		for (;;)	/* it has to be in no call when it is ended */
			;
	}
	if (wait_for(pid))
		return -1;
	did_exec(before, !by_thread);
	did(SYS_exit_group, 1, 0, 0);	/* by the program */
	return 0;
}

/*
 * This does not call libc's vfork(), which sanitizers replace by one that makes more
 * calls.  The child uses its parent's stack, so it must end in this function.
 */
static int do_vfork(void)
{
	__u64 before = now(0);
	long pid;

#if defined(__x86_64__)
	const long nr = SYS_vfork;

	asm volatile("syscall" : "=a" (pid) : "0" (nr) : "rcx", "r11", "memory");
#elif defined(__aarch64__)	/* has clone(2) for it */
	const long nr = SYS_clone;

	register long number asm("x8") = nr, result asm("x0") = CLONE_VM | CLONE_VFORK | SIGCHLD;
	register long stack asm("x1") = 0;

	asm volatile("svc 0" : "+r" (result) : "r" (number), "r" (stack) : "memory");
	pid = result;
#elif defined(__s390x__)
	const long nr = SYS_vfork;

	register long result asm("2");

	asm volatile("svc %1" : "=d" (result) : "i" (SYS_vfork) : "memory");
	pid = result;
#endif
	if (!pid) {
		did(SYS_exit_group, 1, 0, 0);
		for (;;)
			syscall(SYS_exit_group, 0);
	}
	return wait_for(cloned(nr, pid, before, true));
}

/*
 * For the numbers of exit and exit_group, a program keeps no start; but the 32-bit calls with
 * these numbers return.  (On s390 they are the same calls.)  Where the number of the 32-bit exit
 * is that of another call, a program waits for its return.
 */
static const long calls32[] = {
	WORKLOAD32_GETPID,
#if defined(__x86_64__)
	60 /* umask */, 231 /* fgetxattr */,
#elif defined(__aarch64__)
	93 /* ftruncate */, 94 /* fchmod */,
#endif
};

#define CALLS32		(sizeof(calls32) / sizeof(calls32[0]))

static void did_call32(long nr, __u64 before)
{
	const bool measured = syscall_count_returns(nr);

	if (measured)
		took(nr, 1, 0, now(0) - before);
	did(nr, 1, 1, measured);
}

static void did_exit32(long pid, long tid)
{
	did(WORKLOAD32_EXIT, 1, 0, 0);
	if (syscall_count_returns(WORKLOAD32_EXIT))
		never_ends(pid, tid, WORKLOAD32_EXIT);
}

#ifdef __x86_64__
static int make_program32(void)
{
	return 0;
}

static int do_call32(void)
{
	long pid;

	if (!has_call32)
		return 0;
	for (unsigned int i = 0; i < CALLS32; i++) {
		__u64 before = now(0);

		workload_call32_here(calls32[i], -1, 0, 0);
		did_call32(calls32[i], before);
	}
	pid = clone_process();
	if (!pid) {
		workload_call32_here(WORKLOAD32_EXIT, 0, 0, 0);
		return leave(1);
	}
	did_exit32(pid, pid);
	return wait_for(pid);
}

static bool in_map[WORKLOAD_MAX_PID + 1];	/* the threads that fill the map */

static int leave32(void *arg)
{
	(void)arg;
	workload_call32_here(WORKLOAD32_EXIT, 0, 0, 0);
	return 0;
}

static int fill(void)
{
	while (done->nr_unended < FILLERS && has_call32) {
		long tid = start_thread(0, leave32, 0, CLONE_VFORK);

		if (tid < 0)
			return -1;
		/* If the id was used before, its start is there. */
		if (in_map[tid]) {
			did(WORKLOAD32_EXIT, 1, 0, 0);
			continue;
		}
		in_map[tid] = done->nr_unended < ROOM;
		did_exit32(self, tid);
	}
	return 0;
}
#else
static int program32_fd = -1;

static int make_program32(void)
{
	struct workload_call32 calls[CALLS32];

	workload_not_made("a full map: only int $0x80 makes so many calls that do not return");
	if (!has_call32)
		return 0;
	for (unsigned int i = 0; i < CALLS32; i++)
		calls[i] = (struct workload_call32){ calls32[i], -1, 0, 0 };
	program32_fd = workload_program32(calls, CALLS32);
	return program32_fd < 0 ? -1 : 0;
}

static int do_call32(void)
{
	__u64 before = now(0);
	long pid;

	if (!has_call32)
		return 0;
	pid = clone_process();
	if (!pid)
		return execute(program32_fd);
	if (wait_for(pid))
		return -1;
	did_exec(before, true);
	for (unsigned int i = 0; i < CALLS32; i++)
		did_call32(calls32[i], before);
	did_exit32(pid, pid);
	return 0;
}

static int fill(void)
{
	return 0;
}
#endif

/* Calls in the cgroup below, and at the same time others, and more, in the one beside. */
static int do_places(unsigned int n)
{
	long beside = clone3_process(WORKLOAD_BESIDE), below;

	if (!beside) {
		for (unsigned int i = 0; i < 3 * n; i++)
			syscall(i % 2 ? SYS_getuid : SYS_getegid);
		return syscall(SYS_exit_group, 0);
	}
	below = clone3_process(WORKLOAD_BELOW);
	if (!below) {
		storm(n);
		return leave(0);
	}
	return wait_for(below) || wait_for(beside);
}

static void on_signal(int sig)
{
	(void)sig;
	call(SYS_getppid, 0, 0, 0, 0);
	/* The next call is this one, whose exit has no number. */
	did(sigreturn_nr, 1, 0, 0);
	did(-1, 0, 1, 0);
}

static int do_signal(void)
{
	return call(SYS_tgkill, call(SYS_getpid, 0, 0, 0, 0), call(SYS_gettid, 0, 0, 0, 0),
		    SIGUSR1, 0) != 0;
}

static int do_event(unsigned int event)
{
	unsigned int n = STORM + event % 7;

	storm(n);
	switch (event % KINDS) {
	case FAIL:
		return do_fail();
	case UNKNOWN:
		return do_unknown();
	case CLONE:
		return do_clone(n);
	case CLONE3:
		return do_clone3(n);
	case VFORK:
		return do_vfork();
	case THREAD:
		return do_threads(n);
	case SIGNAL:
		return do_signal();
	case EXEC:
		return do_exec(event / KINDS % 4 == 1);
	case SLEEP:
		return event / KINDS % 4 ? 0 : do_sleep();
	case CALL32:
		return do_call32();
	case PLACES:
		return do_places(n);
	}
	return -1;
}

/* Two workers go on at the same moment, or nearly so on a busy machine; without a call. */
static void meet(unsigned int times)
{
	unsigned int met = __atomic_add_fetch(&done->met, 1, __ATOMIC_SEQ_CST);

	for (int i = 0; i < 1000000 && met < 2 * times && nr_cpus > 1; i++)
		met = __atomic_load_n(&done->met, __ATOMIC_SEQ_CST);
}

/*
 * Each number is called twice, by two CPUs at once, which have then a first maximum and a first
 * minimum to store.  If one of these is lost, the two calls cannot have taken the time of both.
 */
static void call_unused(unsigned int first, unsigned int met)
{
	for (unsigned int i = 0; i < PAIRS; i++) {
		meet(met + 1 + i);
		call(unused[first + i], 0, 0, 0, 0);
	}
}

static int work(unsigned int me, unsigned int round, unsigned int first, unsigned int n)
{
	static const unsigned int workers[SHARES] = { 0, 1, 1, 2, 2, 2 };
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(me % nr_cpus, &cpus);
	call(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus, 0);
	if (me < 2) {
		meet(round * (PAIRS + 1) + 1);
		storm(FIRST_STORM);
		call_unused(round * PAIRS, round * (PAIRS + 1) + 1);
	}
	/* The minimum and the maximum of a single call are the same, and not a nanosecond off. */
	for (unsigned int i = 0; i < SINGLES && me == 2; i++)
		call(unused[ROUNDS * PAIRS + round * SINGLES + i], 0, 0, 0, 0);
	for (unsigned int i = first; i < first + n; i++)
		if (workers[i / KINDS % SHARES] == me && do_event(i))
			return leave(1);
	return leave(0);
}

static int round_(unsigned int first, unsigned int n)
{
	static unsigned int round;
	long pids[WORKERS];
	int err = 0;

	for (unsigned int w = 0; w < WORKERS; w++) {
		pids[w] = clone_process();
		if (!pids[w])
			return work(w, round, first, n);
	}
	round++;
	for (unsigned int w = 0; w < WORKERS; w++)
		if (wait_for(pids[w]))
			err = -1;
	if (err)
		fprintf(stderr, "syscall_count: a system call did not do what it always does\n");
	return err;
}

/* Is there a system call in it?  A child tries it that may make no such call. */
static bool clock_is_call(void)
{
	struct sock_filter refuse[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(refuse) / sizeof(refuse[0]), refuse };
	struct timespec t;
	int status;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
		_exit(clock_gettime(CLOCK_MONOTONIC, &t) != 0);
	}
	return waitpid(pid, &status, 0) == pid && status;
}

/* The largest ones below NEVER_NEW that have no name. */
static int find_unused(void)
{
	unsigned int n = 0;

	for (long nr = NEVER_NEW - 1; nr > 0 && n < UNUSED; nr--)
		if (!strncmp(syscall_name(nr), "syscall_", strlen("syscall_")))
			unused[n++] = nr;
	errno = ENOENT;
	return n < UNUSED ? -1 : 0;
}

static int setup(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	has_call32 = workload_has_call32();
	self = getpid();
	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (done == MAP_FAILED || sigaction(SIGUSR1, &action, NULL) || find_unused() ||
	    make_tiny() || make_program32()) {
		perror("syscall_count: cannot prepare");
		return -1;
	}
	clock_calls = clock_is_call();
	return workload_cgroups();
}

static const char *slot_name(unsigned int slot)
{
	return slot == SYSCALL_COUNT_OTHER ? "other" : syscall_name(slot);
}

static void print_expected(void)
{
	const unsigned int n = done->nr_unended;
	struct log all = {};

	for (unsigned int slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		const struct log *log = &done->log[slot];
		__u64 n = log->measured, any = 0;

		if (!log->enters && !log->exits)
			continue;
		if (clock_calls && !log->max_low)
			any = ~0ULL;
		report("syscall",
		       DEC("enters", log->enters),
		       DEC("exits", log->exits),
		       DEC("measured", n),
		       BOUNDS("total", log->total_low, log->total_high | any),
		       BOUNDS("min", n && !any ? ~log->not_min_low : 0,
			      n ? ~log->not_min_high | any : 0),
		       BOUNDS("avg", n ? log->total_low / n : 0,
			      n ? log->total_high / n | any : 0),
		       BOUNDS("max", log->max_low, log->max_high | any),
		       TEXT("name", slot_name(slot), 32));
		all.enters += log->enters;
		all.exits += log->exits;
		all.measured += log->measured;
	}
	report("total",
	       DEC("enters", all.enters),
	       DEC("exits", all.exits),
	       DEC("measured", all.measured),
	       DEC("unpaired_enters", all.enters - all.measured),
	       DEC("unpaired_exits", all.exits - all.measured),
	       DEC("unended", n < ROOM ? n : ROOM));
	for (unsigned int i = 0; i < n; i++)
		report(i < ROOM ? "unended" : "unended?",
		       DEC("tgid", done->unended[i].pid),
		       DEC("tid", done->unended[i].tid),
		       TEXT("name", slot_name(done->unended[i].nr), 32));
	report("losses",
	       INT("error", n > ROOM ? -E2BIG : 0));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Makes system calls that it counts itself, by processes and threads on every CPU.",
		.events = MAX_EVENTS,
		.most = MAX_EVENTS,
		.per_round = MAX_EVENTS / ROUNDS,
		.setup = setup,
		.round = round_,
		.fill = fill,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
