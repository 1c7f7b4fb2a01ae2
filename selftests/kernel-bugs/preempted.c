// SPDX-License-Identifier: GPL-2.0
/*
 * preempted - are there calls that a program at a tracepoint does not see?
 *
 * Threads on one CPU make getpgid(2) calls, a known number, and three programs
 * count them, each from another hook.  The threads take turns as the scheduler
 * has it (SCHED_OTHER), and then one after the other (SCHED_FIFO), so that none
 * is preempted by another.  preempted.sh says what comes of it, and why.
 * Exit status: 0 all was seen, 1 not, 4 it could not be tried.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "observe.h"

#include "attach.h"
#include "insns.h"
#include "sys_bpf.h"

#define THREADS	4
#define CALLS	200000		/* of each: some hundred turns on a slow machine */

static struct hook {
	const char *what, *name;
	__u32 type;
	int (*attach)(const char *name, int prog_fd);
	int map, prog;
	__u64 seen, missed;
} hooks[] = {
	{ "raw_tp", "sys_enter", BPF_PROG_TYPE_RAW_TRACEPOINT, attach_raw_tracepoint },
	{ "tracepoint", "syscalls/sys_enter_getpgid", BPF_PROG_TYPE_TRACEPOINT,
	  attach_tracepoint },
	{ "tracepoint", "raw_syscalls/sys_enter", BPF_PROG_TYPE_TRACEPOINT, attach_tracepoint },
};

/* Adds 1 to the map's only entry for each getpgid(2) of this process. */
static int load(const struct hook *hook)
{
	const struct bpf_insn insns[] = {
		/* if ((int)ctx[1] != __NR_getpgid), the number of the call at each hook */
		BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_1, 8),
		BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_6, 0, 0),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_6, __NR_getpgid, 12),
		BPF_EMIT_CALL(BPF_FUNC_get_current_pid_tgid),
		BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_0, getpid(), 9),
		BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_LD_MAP_FD(BPF_REG_1, hook->map),
		BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
		/* lock *(u64 *)r0 += 1 */
		BPF_MOV64_IMM(BPF_REG_1, 1),
		BPF_RAW_INSN(BPF_STX | BPF_DW | BPF_XADD, BPF_REG_0, BPF_REG_1, 0, 0),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return sys_prog_load("count", hook->type, insns, sizeof(insns) / sizeof(insns[0]), "GPL");
}

static void *call(void *barrier)
{
	pthread_barrier_wait(barrier);
	for (int i = 0; i < CALLS; i++)
		syscall(__NR_getpgid, 0);
	return NULL;
}

/* What the threads do, and what was seen of it: 0 if that was all of it. */
static int count(const char *policy)
{
	pthread_barrier_t barrier;
	pthread_t threads[THREADS];
	int err = 0;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, call, &barrier))
			observe_die("cannot start a thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct hook *hook = &hooks[i];
		__u64 seen = 0, missed = sys_prog_missed(hook->prog);
		__u32 zero = 0;

		if (sys_map_lookup(hook->map, &zero, &seen))
			observe_die("cannot read the map: %m");
		seen -= hook->seen;
		printf("%-12s %10s/%-25s %9d %9llu %9llu %9llu\n", policy, hook->what, hook->name,
		       THREADS * CALLS, seen, THREADS * CALLS - seen, missed - hook->missed);
		hook->seen += seen;
		hook->missed = missed;
		err |= seen != THREADS * CALLS;
	}
	return err;
}

int main(int argc, char **argv)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	cpu_set_t first;
	int err;

	observe_init(argc, argv, "Are there calls that a program at a tracepoint does not see?");
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		observe_die("cannot stay on CPU 0: %m");
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		hooks[i].map = sys_map_create("calls", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
					      sizeof(__u64), 1, 0);
		hooks[i].prog = hooks[i].map < 0 ? -1 : load(&hooks[i]);
		if (hooks[i].prog < 0)
			observe_die("cannot make a map or load a program: %m");
		if (hooks[i].attach(hooks[i].name, hooks[i].prog) < 0)
			return 4;
	}

	printf("%-12s %-36s %9s %9s %9s %9s\n", "policy", "hook", "calls", "seen", "unseen",
	       "skipped");
	err = count("SCHED_OTHER");
	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		observe_die("cannot be SCHED_FIFO: %m");
	return err | count("SCHED_FIFO");
}
