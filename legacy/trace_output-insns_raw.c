// SPDX-License-Identifier: GPL-2.0
/*
 * trace_output-insns_raw.c - trace_output with its BPF program written as instructions.
 *
 * This is the program of legacy/trace_output_kern.c, instruction by instruction: there
 * is no compiler and no ELF file, and the descriptors of the maps are part of the
 * instructions.  Register r6 holds the context, r7 the counters, and the stack grows
 * down from r10.  The offset of a jump counts from the next instruction, and a 64-bit
 * load, such as that of a map's descriptor, counts as two instructions.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "observe.h"
#include "trace_output.h"
#include "trace_output_report.h"
#include "tracing.h"

#include "attach.h"
#include "insns.h"
#include "observed.h"
#include "perf_ring.h"
#include "raw.h"
#include "sys_bpf.h"

enum { MY_MAP, STATS, OBSERVED, OBSERVED_CGROUP, MAPS };

#define EVENT	(-24)		/* struct trace_output_event, on the stack */
#define ZERO	(-4)		/* the key 0 */

#define EVENT_OFF(member)	(EVENT + (int)offsetof(struct trace_output_event, member))
#define CONFIG_OFF(member)	offsetof(struct observed_config, member)
#define STATS_OFF(member)	offsetof(struct trace_output_stats, member)

static int handle_event(const void *data, __u32 size)
{
	if (size < sizeof(struct trace_output_event))
		return -1;
	trace_output_event(data);
	return 0;
}

static int create_maps(int maps[MAPS])
{
	maps[MY_MAP] = sys_map_create("my_map", BPF_MAP_TYPE_PERF_EVENT_ARRAY,
				      sizeof(__u32), sizeof(__u32), possible_cpus(), 0);
	maps[STATS] = sys_map_create("stats", BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32),
				     sizeof(struct trace_output_stats), 1, 0);
	maps[OBSERVED] = sys_map_create("observed", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
					sizeof(struct observed_config), 1, 0);
	maps[OBSERVED_CGROUP] = sys_map_create("observed_cgroup", BPF_MAP_TYPE_CGROUP_ARRAY,
					       sizeof(__u32), sizeof(__u32), 1, 0);
	for (int i = 0; i < MAPS; i++) {
		if (maps[i] >= 0)
			continue;
		observe_warn("cannot create the maps: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int load(const int maps[MAPS])
{
	const struct bpf_insn insns[] = {
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
		BPF_ST_MEM(BPF_W, BPF_REG_10, ZERO, 0),

		/* stat = bpf_map_lookup_elem(&stats, &zero); */
		BPF_LD_MAP_FD(BPF_REG_1, maps[STATS]),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, ZERO),
		BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 39),			/* to out */
		BPF_MOV64_REG(BPF_REG_7, BPF_REG_0),

		/* config = bpf_map_lookup_elem(&observed, &zero); */
		BPF_LD_MAP_FD(BPF_REG_1, maps[OBSERVED]),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, ZERO),
		BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 32),			/* to out */

		/* if (config->by_cgroup) */
		BPF_MOV64_REG(BPF_REG_8, BPF_REG_0),
		BPF_LDX_MEM(BPF_W, BPF_REG_1, BPF_REG_8, CONFIG_OFF(by_cgroup)),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_1, 0, 6),
		/*	bpf_current_task_under_cgroup(&observed_cgroup, 0) == 1 */
		BPF_LD_MAP_FD(BPF_REG_1, maps[OBSERVED_CGROUP]),
		BPF_MOV64_IMM(BPF_REG_2, 0),
		BPF_EMIT_CALL(BPF_FUNC_current_task_under_cgroup),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 1, 5),
		BPF_JMP_A(23),						/* to out */
		/* else bpf_get_current_pid_tgid() >> 32 != config->self */
		BPF_EMIT_CALL(BPF_FUNC_get_current_pid_tgid),
		BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32),
		BPF_LDX_MEM(BPF_W, BPF_REG_1, BPF_REG_8, CONFIG_OFF(self)),
		BPF_JMP_REG(BPF_JEQ, BPF_REG_0, BPF_REG_1, 19),		/* to out */

		/* event.pid_tgid = ...; event.cookie = ...; */
		BPF_EMIT_CALL(BPF_FUNC_get_current_pid_tgid),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_0, EVENT_OFF(pid_tgid)),
		BPF_LD_IMM64_RAW(BPF_REG_1, 0, TRACE_OUTPUT_COOKIE),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, EVENT_OFF(cookie)),

		/* bpf_perf_event_output(ctx, &my_map, BPF_F_CURRENT_CPU, &event, 16) */
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_6),
		BPF_LD_MAP_FD(BPF_REG_2, maps[MY_MAP]),
		BPF_MOV32_IMM(BPF_REG_3, (__s32)BPF_F_CURRENT_CPU),
		BPF_MOV64_REG(BPF_REG_4, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_4, EVENT),
		BPF_MOV64_IMM(BPF_REG_5, sizeof(struct trace_output_event)),
		BPF_EMIT_CALL(BPF_FUNC_perf_event_output),

		/* if it failed: stat->error = r0, and r7 moves from sent to lost; then (*r7)++ */
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
		BPF_STX_MEM(BPF_DW, BPF_REG_7, BPF_REG_0, STATS_OFF(error)),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_7, STATS_OFF(lost) - STATS_OFF(sent)),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_7, STATS_OFF(sent)),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_7, BPF_REG_1, STATS_OFF(sent)),

		/* out: */
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	int fd = sys_prog_load("trace_output", BPF_PROG_TYPE_KPROBE, insns,
			       sizeof(insns) / sizeof(insns[0]), "GPL");

	if (fd < 0)
		observe_warn("cannot load the program: %s", strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	int maps[MAPS] = { -1, -1, -1, -1 };
	struct perf_rings *rings = NULL;
	struct trace_output_stats stats;
	enum observe_event event;
	struct epoll_event woken;
	int prog = -1, link = -1;
	int err;

	observe.has_ring = true;
	observe_init(argc, argv,
		     "Counts the write(2) calls, and shows each with -v, by a program in instruction macros.");
	tracing_needs_kprobes();

	err = create_maps(maps);
	if (!err)
		err = raw_observe(maps[OBSERVED], maps[OBSERVED_CGROUP]);
	if (err)
		goto cleanup;
	prog = load(maps);
	rings = prog < 0 ? NULL : perf_rings_open(maps[MY_MAP], observe.ring ?: 1 << 18);
	link = rings ? attach_kprobe("sys_write", prog) : -1;
	err = link < 0 ? -1 : 0;
	if (err)
		goto cleanup;

	observe_start();
	while (!exiting) {
		epoll_wait(perf_rings_fd(rings), &woken, 1, observe.tick);
		event = observe_event();
		err = perf_rings_read(rings, handle_event);
		if (!err && (event == OBSERVE_SYNC || event == OBSERVE_REPORT))
			err = raw_stats(maps[STATS], &stats, sizeof(stats));
		if (err)
			goto cleanup;
		if (event == OBSERVE_SYNC)
			observe_synced(trace_output_seen(), stats.lost);
		else if (event == OBSERVE_REPORT)
			trace_output_report(stats.lost);
	}

	close(link);
	link = -1;
	observe_detached();
	err = perf_rings_read(rings, handle_event);
	if (!err)
		err = raw_stats(maps[STATS], &stats, sizeof(stats));
	if (!err)
		err = perf_rings_check(rings, stats.lost);
	if (err)
		goto cleanup;
	trace_output_end(stats.lost);
	err = observe_totals(trace_output_seen(), stats.sent, stats.lost, stats.error);
cleanup:
	if (link >= 0)
		close(link);
	perf_rings_close(rings);
	if (prog >= 0)
		close(prog);
	for (int i = 0; i < MAPS; i++)
		if (maps[i] >= 0)
			close(maps[i]);
	return observe_exit(err);
}
