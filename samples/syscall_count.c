// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_count.c - the workload: system calls that it counts itself.
 *
 * Between "go" and the end of a round only the functions below make system calls, and
 * they log each one; no function of libc is called that makes its own.  So the expected
 * counts are exact for every number.  Among the calls are all those whose enters and
 * exits differ: clone returns twice, exit never, rt_sigreturn with the number -1, and
 * execveat with that of execve.  Some calls fail, some do not exist.  Threads of one
 * process are in the same call at the same time, and two CPUs count the same number.
 */
#include <elf.h>
#include <linux/futex.h>
#include <linux/types.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"
#include "syscall_count.h"
#include "syscall_names.h"
#include "workload.h"

#define WORKERS		3	/* processes at the same time, each on a CPU */
#define SHARES		6	/* 1 + 2 + 3: each worker does a different number */
#define THREADS		2	/* threads of a worker, beside the first one */
#define STORM		24	/* calls of one number, by all workers at once */

enum { FAIL, UNKNOWN, CLONE, CLONE3, VFORK, THREAD, SIGNAL, EXEC, KINDS };

struct log {
	__u64 enters, exits, measured;
};

static struct log *done;	/* [SYSCALL_COUNT_SLOTS], shared with all children */
static long nr_cpus;
static char stacks[THREADS][16384] __attribute__((aligned(16)));

static void did(long nr, unsigned int enters, unsigned int exits, unsigned int measured)
{
	struct log *log = &done[syscall_count_slot(nr)];

	__atomic_fetch_add(&log->enters, enters, __ATOMIC_RELAXED);
	__atomic_fetch_add(&log->exits, exits, __ATOMIC_RELAXED);
	__atomic_fetch_add(&log->measured, measured, __ATOMIC_RELAXED);
}

/* Makes and logs a call that returns once. */
static long call(long nr, long a, long b, long c, long d)
{
	did(nr, 1, 1, 1);
	return syscall(nr, a, b, c, d);
}

#define call(nr, a, b, c, d) call(nr, (long)(a), (long)(b), (long)(c), (long)(d))

/*
 * Ends the process.  This is not declared as noreturn: before such a function is called,
 * sanitizers make system calls of their own.
 */
static int leave(int status)
{
	did(SYS_exit_group, 1, 0, 0);
	return syscall(SYS_exit_group, status);
}

static long cloned(long nr, long pid)
{
	if (pid > 0)
		did(nr, 1, 2, 1);	/* the call returns in the child, too */
	return pid;
}

static long clone_process(void)
{
	return cloned(SYS_clone, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static long clone3_process(void)
{
	/* struct clone_args of 5.3; not in every <linux/sched.h>. */
	const __u64 args[8] = { [4] = SIGCHLD };

	return cloned(SYS_clone3, syscall(SYS_clone3, args, sizeof(args)));
}

static int wait_for(long pid)
{
	int status = -1;

	if (pid < 0 || call(SYS_wait4, pid, &status, 0, 0) != pid)
		return -1;
	return status ? -1 : 0;
}

static void storm(unsigned int n)
{
	while (n--)
		call(SYS_getuid, 0, 0, 0, 0);
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
	long pid = clone3_process();

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

/* All threads make the same calls as the first one, at the same time. */
static int do_threads(unsigned int n)
{
	static int alive[THREADS];
	int value;

	for (int i = 0; i < THREADS; i++) {
		if (cloned(SYS_clone,
			   clone(thread, stacks[i] + sizeof(stacks[i]),
				 CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				 CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
				 CLONE_CHILD_CLEARTID, (void *)(unsigned long)n,
				 &alive[i], NULL, &alive[i])) < 0)
			return -1;
		did(SYS_exit, 1, 0, 0);
	}
	storm(n);
	for (int i = 0; i < THREADS; i++)
		while ((value = __atomic_load_n(&alive[i], __ATOMIC_ACQUIRE)))
			call(SYS_futex, &alive[i], FUTEX_WAIT, value, NULL);
	return 0;
}

static void on_signal(int sig)
{
	(void)sig;
	call(SYS_getppid, 0, 0, 0, 0);
	/* The next call is rt_sigreturn, whose exit has no number. */
	did(SYS_rt_sigreturn, 1, 0, 0);
	did(-1, 0, 1, 0);
}

static int do_signal(void)
{
	return call(SYS_tgkill, call(SYS_getpid, 0, 0, 0, 0), call(SYS_gettid, 0, 0, 0, 0),
		    SIGUSR1, 0) != 0;
}

#ifdef __x86_64__
/* A program without libc that ends at once, so that no other calls are counted. */
static const struct {
	Elf64_Ehdr elf;
	Elf64_Phdr load;
	unsigned char code[9];
} tiny = {
	.elf = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
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
	/* xor %edi,%edi; mov $231,%eax; syscall: exit_group(0) */
	.code = { 0x31, 0xff, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05 },
};

static int tiny_fd = -1;

static int make_tiny(void)
{
	tiny_fd = memfd_create("tiny", MFD_CLOEXEC);
	return tiny_fd < 0 || write(tiny_fd, &tiny, sizeof(tiny)) != sizeof(tiny) ? -1 : 0;
}

static int do_exec(void)
{
	static char *const args[] = { "tiny", NULL };
	long pid = clone_process();

	if (!pid) {
		syscall(SYS_execveat, tiny_fd, "", args, args + 1, 0x1000 /* AT_EMPTY_PATH */);
		return leave(1);
	}
	/* The exit has the number of execve; then the program calls exit_group. */
	did(SYS_execveat, 1, 0, 0);
	did(SYS_execve, 0, 1, 0);
	did(SYS_exit_group, 1, 0, 0);
	return wait_for(pid);
}

/*
 * This does not call libc's vfork(), which sanitizers replace by one that makes more
 * calls.  The child uses its parent's stack, so it must end in this function.
 */
static int do_vfork(void)
{
	long pid;

	asm volatile("syscall" : "=a" (pid) : "0" ((long)SYS_vfork) : "rcx", "r11", "memory");
	if (!pid) {
		did(SYS_exit_group, 1, 0, 0);
		for (;;)
			syscall(SYS_exit_group, 0);
	}
	return wait_for(cloned(SYS_vfork, pid));
}
#else
static int make_tiny(void)
{
	return 0;
}

static int do_exec(void)
{
	return 0;
}

static int do_vfork(void)
{
	return 0;
}
#endif

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
		return do_exec();
	}
	return -1;
}

static int work(unsigned int me, unsigned int first, unsigned int n)
{
	static const unsigned int workers[SHARES] = { 0, 1, 1, 2, 2, 2 };
	cpu_set_t cpus;

	/* If it cannot be pinned (a cpuset), it runs where it may. */
	CPU_ZERO(&cpus);
	CPU_SET(me % nr_cpus, &cpus);
	call(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus, 0);
	for (unsigned int i = first; i < first + n; i++)
		if (workers[i / KINDS % SHARES] == me && do_event(i))
			return leave(1);
	return leave(0);
}

static int round_(unsigned int first, unsigned int n)
{
	long pids[WORKERS];
	int err = 0;

	for (unsigned int w = 0; w < WORKERS; w++) {
		pids[w] = clone_process();
		if (!pids[w])
			return work(w, first, n);
	}
	for (unsigned int w = 0; w < WORKERS; w++)
		if (wait_for(pids[w]))
			err = -1;
	if (err)
		fprintf(stderr, "syscall_count: a system call did not do what it always does\n");
	return err;
}

static int setup(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	done = mmap(NULL, SYSCALL_COUNT_SLOTS * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED || sigaction(SIGUSR1, &action, NULL) || make_tiny()) {
		perror("syscall_count: cannot prepare");
		return -1;
	}
	return 0;
}

static void print_expected(void)
{
	struct log all = {};

	for (unsigned int slot = 0; slot < SYSCALL_COUNT_SLOTS; slot++) {
		const char *name = slot == SYSCALL_COUNT_OTHER ? "other" : syscall_name(slot);
		const struct log *log = &done[slot];

		if (!log->enters && !log->exits)
			continue;
		report("syscall",
		       DEC("enters", log->enters),
		       DEC("exits", log->exits),
		       DEC("measured", log->measured),
		       BOUNDS("total", 0, ~0ULL),
		       BOUNDS("min", 0, ~0ULL),
		       BOUNDS("avg", 0, ~0ULL),
		       BOUNDS("max", 0, ~0ULL),
		       TEXT("name", name, 32));
		all.enters += log->enters;
		all.exits += log->exits;
		all.measured += log->measured;
	}
	report("total",
	       DEC("enters", all.enters),
	       DEC("exits", all.exits),
	       DEC("measured", all.measured),
	       DEC("unpaired_enters", all.enters - all.measured),
	       DEC("unpaired_exits", all.exits - all.measured));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Makes system calls that it counts itself, by processes and threads on every CPU.",
		.events = 480,
		.per_round = 240,
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
