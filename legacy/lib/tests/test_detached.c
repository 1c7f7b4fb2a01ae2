// SPDX-License-Identifier: GPL-2.0
/*
 * test_detached.c - does observe_detached() wait for a program that is still running?
 *
 * A program at a raw tracepoint copies memory for a while in a child that exits.  It stores in
 * a map when it begins and when it ends, and this test has mapped that map into its memory.  So
 * it needs no timing: it detaches the program after it has begun and before it has ended.
 * With one CPU that needs a kernel that can preempt the program (Linux 7.0).
 *
 * RLIMIT_MEMLOCK is 0 meanwhile, as it may be too low for one more map in a stage bpftool: only
 * its children make maps, and raise the limit.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "ktap.h"
#include "inherit.h"
#include "insns.h"
#include "observe.h"
#include "sys_bpf.h"

#define COPIES	6000		/* or the argument, as an emulated CPU is slow */
#define BYTES	(1 << 20)	/* size of a copy */

struct state {
	__u64 began, ended;
};

static int load(pid_t pid, int states, int memory, int copies)
{
	const struct bpf_insn insns[] = {
		BPF_EMIT_CALL(BPF_FUNC_get_current_pid_tgid),
		BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_0, pid, 28),	/* to the end */
		BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),
		BPF_ST_MEM(BPF_W, BPF_REG_10, -8, 1),
		BPF_LD_MAP_FD(BPF_REG_1, states),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 20),
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_0),
		BPF_LD_MAP_FD(BPF_REG_1, memory),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 13),
		BPF_MOV64_REG(BPF_REG_7, BPF_REG_0),
		BPF_ST_MEM(BPF_DW, BPF_REG_6, offsetof(struct state, began), 1),
		BPF_MOV64_IMM(BPF_REG_8, 0),
		/* From one element of the map to the other, again and again. */
		BPF_LD_MAP_FD(BPF_REG_1, memory),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8),
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_7),
		BPF_MOV64_IMM(BPF_REG_4, BPF_ANY),
		BPF_EMIT_CALL(BPF_FUNC_map_update_elem),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_8, 1),
		BPF_JMP_IMM(BPF_JLT, BPF_REG_8, copies, -9),
		BPF_ST_MEM(BPF_DW, BPF_REG_6, offsetof(struct state, ended), 1),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return sys_prog_load("test_detached", BPF_PROG_TYPE_RAW_TRACEPOINT, insns,
			     sizeof(insns) / sizeof(insns[0]), "GPL");
}

/* If a program cannot be preempted, parent and child each need a CPU of their own. */
static void pin(bool first)
{
	cpu_set_t may, one;
	int cpu, found = -1;

	sched_getaffinity(0, sizeof(may), &may);
	for (cpu = 0; cpu < CPU_SETSIZE && (found < 0 || !first); cpu++)
		if (CPU_ISSET(cpu, &may))
			found = cpu;
	CPU_ZERO(&one);
	CPU_SET(found, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Prints the reason to stderr, and returns the exit status for a skip. */
static int skip(const char *why)
{
	fprintf(stderr, "test_detached: %s: %s\n", why, strerror(errno));
	return EXIT_SKIP;
}

int main(int argc, char **argv)
{
	int states, memory, prog, link, hold[2];
	volatile struct state *state;
	struct rlimit limit;
	__u64 early, late;
	pid_t pid;

	inherit_init();
	states = sys_map_create("states", BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(*state), 1,
				BPF_F_MMAPABLE);
	memory = sys_map_create("memory", BPF_MAP_TYPE_ARRAY, sizeof(__u32), BYTES, 2, 0);
	if (states < 0 || memory < 0)
		return skip("cannot make a map");
	state = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, states, 0);
	if (state == MAP_FAILED || pipe(hold))
		return skip("cannot map the map into memory, or make a pipe");
	pid = fork();
	if (pid < 0)
		return skip("cannot fork");
	if (!pid) {
		char go;

		pin(false);
		close(hold[1]);
		_exit(read(hold[0], &go, 1) != 1);
	}
	close(hold[0]);
	pin(true);
	prog = load(pid, states, memory, argc > 1 ? atoi(argv[1]) : COPIES);
	link = prog < 0 ? -1 : sys_raw_tracepoint_open("sched_process_exit", prog);
	if (link < 0)
		return skip("cannot attach to sched_process_exit");

	ktap_begin(1);
	if (write(hold[1], "", 1) != 1)
		abort();
	while (!state->began)
		sched_yield();
	close(link);
	close(prog);
	early = state->ended;
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		abort();
	limit.rlim_cur = 0;
	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		abort();
	observe_detached();
	late = state->ended;
	waitpid(pid, NULL, 0);
	if (early)
		printf("ok 1 - a program that still runs # SKIP the program had ended before it was detached\n");
	else
		ktap_ok(late, "observe_detached() waits for a program that still runs");
	fputs(ktap_said(), stdout);
	return early ? 0 : ktap_end();
}
