// SPDX-License-Identifier: GPL-2.0
/*
 * test_snippets.c - forms in which BPF is taught on the web, and the corrected forms: which
 * errno or which loss each gives on this kernel.
 *
 * The programs have a few instructions each (legacy/lib/insns.h), so that they can be
 * read here in full; BPF_PROG_TEST_RUN runs them, on the CPU to which a thread is
 * pinned.  A test that depends on chance, such as a lost update, is repeated until it
 * has happened; the corrected form has to be exact.  Needs root; prints KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/perf_event.h>

#include "cgroup.h"
#include "insns.h"
#include "ksym.h"
#include "ktap.h"
#include "sys_bpf.h"

#define PINS		"/sys/fs/bpf"
#define RUNS		200000	/* how often each CPU runs a counting program */
#define ADDS		16	/* additions in each run */
#define TRIES		50	/* how often to try until an update is lost */
#define ENTRIES		10000	/* entries of the hash that is read */

/* An atomic operation of Linux 5.12; the kernel headers of the build may be older. */
#define CMPXCHG		0xf1	/* stores the new value if the old one is r0; r0 = the old one */
#define BPF_ATOMIC_DW(OP, DST, SRC, OFF)				\
	BPF_RAW_INSN(BPF_STX | BPF_DW | 0xc0, DST, SRC, OFF, OP)

#define PLAN		25
#define COUNT(insns)	(sizeof(insns) / sizeof((insns)[0]))

/* Prints one result: @is is 0 or an errno, and @want is what is right. */
static void gives(const char *what, int is, int want)
{
	if (is == want)
		return ktap_ok(true, "%s: %s", what, want ? strerrorname_np(want) : "works");
	ktap_ok(false, "%s: errno %d, where %d is right", what, is, want);
}

/* Prints @n skipped results. */
static void skip(int n, const char *what, const char *why)
{
	while (n--)
		printf("ok %d %s # SKIP %s\n", ++ktap_results, what, why);
}

/* The errno of a call that returns a descriptor, which is closed. */
static int fd_errno(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int pin_to_cpu(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus);
}

/* Runs @prog @repeat times on this CPU.  Returns what it returned the last time. */
static __u32 run(int prog, int repeat)
{
	char packet[64] = {};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = prog;
	attr.test.data_in = (unsigned long)packet;
	attr.test.data_size_in = sizeof(packet);
	attr.test.repeat = repeat;
	if (syscall(__NR_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr))) {
		printf("# BPF_PROG_TEST_RUN: %s\n", strerror(errno));
		return 0xdead;
	}
	return attr.test.retval;
}

static int load(const struct bpf_insn *insns, size_t n)
{
	return sys_prog_load("snippet", BPF_PROG_TYPE_SCHED_CLS, insns, n, "GPL");
}

/* Loads without printing the verifier's log, for programs that are expected to be refused. */
static int load_errno(enum bpf_prog_type type, const struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = n;
	attr.license = (unsigned long)"GPL";
	return fd_errno(syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

/* The arguments are those of the function that libbpf once had by this name. */
static int bpf_create_map(enum bpf_map_type type, int key_size, int value_size,
			  int max_entries, __u32 map_flags)
{
	return sys_map_create("snippet", type, key_size, value_size, max_entries, map_flags);
}

/* ---- maps with the wrong numbers ---------------------------------------------------- */

static void array_noprealloc(void)
{
	gives("bpf_create_map(ARRAY, ..., BPF_F_NO_PREALLOC)",
	      fd_errno(bpf_create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 16, BPF_F_NO_PREALLOC)), EINVAL);
	gives("corrected: ARRAY, flags 0",
	      fd_errno(bpf_create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 16, 0)), 0);
	gives("or: HASH with BPF_F_NO_PREALLOC",
	      fd_errno(bpf_create_map(BPF_MAP_TYPE_HASH, 4, 8, 16, BPF_F_NO_PREALLOC)), 0);
}

static void ring_misplaced(void)
{
	gives("bpf_create_map(BPF_MAP_TYPE_RINGBUF, 1 << 24, 0, 0, 0)",
	      fd_errno(bpf_create_map(BPF_MAP_TYPE_RINGBUF, 1 << 24, 0, 0, 0)), EINVAL);
	gives("corrected: bpf_create_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 1 << 24, 0)",
	      fd_errno(bpf_create_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 1 << 24, 0)), 0);
}

/* ---- bpftool ------------------------------------------------------------------------- */

static char said[512];	/* the last line of a command's output */

/* Runs a command, and returns its exit status. */
static int command(const char *fmt, ...)
{
	char text[512], line[512];
	va_list args;
	FILE *out;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text) - 8, fmt, args);
	va_end(args);
	strcat(text, " 2>&1");
	said[0] = '\0';
	out = popen(text, "re");
	while (out && fgets(line, sizeof(line), out))
		if (line[0] != '\n')
			snprintf(said, sizeof(said), "%s", line);
	said[strcspn(said, "\n")] = '\0';
	return out ? pclose(out) : -1;
}

static const char *bpftool(void)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
	return getenv("BPFTOOL") ?: "PATH=$PATH:/usr/sbin:/sbin bpftool";
}

static bool has_bpffs(void)
{
	static int mounted = -1;

	if (mounted < 0)
		mounted = !unshare(CLONE_NEWNS) &&
			  !mount(NULL, "/sys", NULL, MS_REC | MS_SLAVE, NULL) &&
			  !mount("bpf", PINS, "bpf", 0, NULL);
	return mounted && !command("%s version", bpftool());
}

static void bpftool_create(void)
{
	const char *create = "map create " PINS "/m type hash key 4 value 8 entries 1024";
	int status;

	if (!has_bpffs())
		return skip(2, "bpftool map create without a name", "no bpftool, or no bpffs");
	status = command("%s %s", bpftool(), create);
	ktap_ok(status && strstr(said, "name"), "bpftool %s: \"%s\"", create, said);
	status = command("%s %s name m", bpftool(), create);
	ktap_ok(!status && !access(PINS "/m", F_OK), "corrected: bpftool ... name m: \"%s\"", said);
	unlink(PINS "/m");
}

static void bpftool_attach(void)
{
	static const struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_0, 1),
		BPF_EXIT_INSN(),
	};
	char cgroup[4096] = "";
	int prog, status, dir;
	union bpf_attr attr;
	__u32 n;

	dir = has_bpffs() ? cgroup_make(cgroup) : -1;
	if (dir < 0)
		return skip(3, "bpftool prog attach of a cgroup program",
			    "no bpftool, no bpffs, or no cgroup2");
	prog = sys_prog_load("snippet", BPF_PROG_TYPE_CGROUP_SKB, insns, COUNT(insns), "GPL");
	ktap_ok(prog >= 0 && !sys_obj_pin(prog, PINS "/p"), "a cgroup_skb program is pinned");
	status = command("%s prog attach pinned " PINS "/p egress %s", bpftool(), cgroup);
	ktap_ok(status != 0, "bpftool prog attach pinned P egress CGROUP: \"%s\"", said);
	status = command("%s cgroup attach %s egress pinned " PINS "/p multi", bpftool(), cgroup);
	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = dir;
	attr.query.attach_type = BPF_CGROUP_INET_EGRESS;
	n = syscall(__NR_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) ? 0 : attr.query.prog_cnt;
	ktap_ok(!status && n == 1,
		"corrected: bpftool cgroup attach CGROUP egress pinned P multi: %u attached", n);
	unlink(PINS "/p");
	close(prog);
	cgroup_remove(cgroup);
	close(dir);
}

/* ---- an entry cannot be added to an array ------------------------------------------------ */

static void array_update(void)
{
	static const char *const what[] = {
		"in a program: lookup of an ARRAY out of range, then update",
		"corrected: the same with a HASH",
	};
	static const enum bpf_map_type types[] = { BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH };
	int map, prog;

	for (int i = 0; i < 2; i++) {
		map = sys_map_create("m", types[i], 4, 8, 4, 0);
		struct bpf_insn insns[] = {
			/* key 4, value 1; if (!lookup(&key)) return update(&key, &value) */
			BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 4),
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -16, 1),
			BPF_LD_MAP_FD(BPF_REG_1, map),
			BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
			BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
			BPF_MOV64_IMM(BPF_REG_0, 1000),	/* it was there */
			BPF_EXIT_INSN(),
			BPF_LD_MAP_FD(BPF_REG_1, map),
			BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
			BPF_MOV64_REG(BPF_REG_3, BPF_REG_10),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, -16),
			BPF_MOV64_IMM(BPF_REG_4, BPF_ANY),
			BPF_EMIT_CALL(BPF_FUNC_map_update_elem),
			BPF_EXIT_INSN(),
		};
		prog = load(insns, COUNT(insns));
		gives(what[i], -(int)run(prog, 1), i ? 0 : E2BIG);
		close(prog);
		close(map);
	}
}

/* ---- two CPUs, one counter ------------------------------------------------------------- */

struct runner {
	int prog, cpu;
	pthread_barrier_t *start;
};

static void *run_on_cpu(void *arg)
{
	struct runner *r = arg;

	pin_to_cpu(r->cpu);
	pthread_barrier_wait(r->start);
	run(r->prog, RUNS);
	return NULL;
}

/* Runs @prog on both CPUs.  Returns element 0 of the map, and element 1 in @failed. */
static __u64 count(int prog, int map, __u64 *failed)
{
	__u32 keys[] = { 0, 1 };
	__u64 zero = 0, counted = 0;
	pthread_barrier_t start;
	pthread_t threads[2];
	struct runner runners[2];

	sys_map_update(map, &keys[0], &zero, BPF_ANY);
	sys_map_update(map, &keys[1], &zero, BPF_ANY);
	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 2; i++) {
		runners[i] = (struct runner){ .prog = prog, .cpu = i, .start = &start };
		if (pthread_create(&threads[i], NULL, run_on_cpu, &runners[i]))
			abort();
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	sys_map_lookup(map, &keys[0], &counted);
	*failed = 0;
	sys_map_lookup(map, &keys[1], failed);
	return counted;
}

/* r6 = &map[0], r7 = &map[1]; the program returns 1000 if a lookup fails. */
#define POINTERS(map)							\
	BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),				\
	BPF_LD_MAP_FD(BPF_REG_1, map),					\
	BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),				\
	BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),				\
	BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),			\
	BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 2),				\
	BPF_MOV64_IMM(BPF_REG_0, 1000),					\
	BPF_EXIT_INSN(),						\
	BPF_MOV64_REG(BPF_REG_6, BPF_REG_0),				\
	BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 1),				\
	BPF_LD_MAP_FD(BPF_REG_1, map),					\
	BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),				\
	BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),				\
	BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),			\
	BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 2),				\
	BPF_MOV64_IMM(BPF_REG_0, 1000),					\
	BPF_EXIT_INSN(),						\
	BPF_MOV64_REG(BPF_REG_7, BPF_REG_0)

/* Loads a program: POINTERS, @times @body, return 0.  @body jumps only within itself. */
static int load_counter(int map, const struct bpf_insn *body, size_t n, size_t times)
{
	const struct bpf_insn head[] = { POINTERS(map) };
	const struct bpf_insn tail[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct bpf_insn insns[512];
	size_t at = 0;

	if (COUNT(head) + n * times + COUNT(tail) > COUNT(insns))
		abort();
	memcpy(insns, head, sizeof(head));
	at += COUNT(head);
	for (size_t i = 0; i < times; i++, at += n)
		memcpy(insns + at, body, n * sizeof(*body));
	memcpy(insns + at, tail, sizeof(tail));
	return load(insns, at + COUNT(tail));
}

static void lost_updates(void)
{
	/* *count += 1 */
	static const struct bpf_insn plain[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 0),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 1),
		BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_1, 0),
	};
	/* __sync_fetch_and_add(count, 1) */
	static const struct bpf_insn atomic[] = {
		BPF_MOV64_IMM(BPF_REG_1, 1),
		BPF_ATOMIC_DW(BPF_ADD, BPF_REG_6, BPF_REG_1, 0),
	};
	const __u64 all = 2ULL * RUNS * ADDS;
	int map = sys_map_create("m", BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0);
	int prog = load_counter(map, plain, COUNT(plain), ADDS);
	__u64 counted = all, failed;
	int tries;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip(2, "*count += 1 on two CPUs", "there is one CPU only");
	} else {
		for (tries = 0; tries < TRIES && counted == all; tries++)
			counted = count(prog, map, &failed);
		ktap_ok(counted < all, "*count += 1 on two CPUs: %llu of %llu are lost (%.1f%%)",
			(unsigned long long)(all - counted), (unsigned long long)all,
			100.0 * (all - counted) / all);
	}
	close(prog);
	prog = load_counter(map, atomic, COUNT(atomic), ADDS);
	if (sysconf(_SC_NPROCESSORS_ONLN) >= 2) {
		counted = count(prog, map, &failed);
		ktap_ok(counted == all, "corrected: __sync_fetch_and_add(count, 1): %llu of %llu",
			(unsigned long long)counted, (unsigned long long)all);
	}
	close(prog);
	close(map);
}

static void cas_loop(void)
{
	/* do { old = *p; } while (cmpxchg(p, old, old + 1) != old) */
	static const struct bpf_insn open_end[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
		BPF_MOV64_REG(BPF_REG_8, BPF_REG_0),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 1),
		BPF_ATOMIC_DW(CMPXCHG, BPF_REG_6, BPF_REG_1, 0),
		BPF_JMP_REG(BPF_JNE, BPF_REG_0, BPF_REG_8, -6),
	};
	/* the same, but at most 64 times; then it counts a failure */
	static const struct bpf_insn bounded[] = {
		BPF_MOV64_IMM(BPF_REG_9, 64),
		BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0),
		BPF_MOV64_REG(BPF_REG_8, BPF_REG_0),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 1),
		BPF_ATOMIC_DW(CMPXCHG, BPF_REG_6, BPF_REG_1, 0),
		BPF_JMP_REG(BPF_JEQ, BPF_REG_0, BPF_REG_8, 4),
		BPF_ALU64_IMM(BPF_SUB, BPF_REG_9, 1),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_9, 0, -8),
		BPF_MOV64_IMM(BPF_REG_1, 1),
		BPF_ATOMIC_DW(BPF_ADD, BPF_REG_7, BPF_REG_1, 0),
	};
	const __u64 all = 2ULL * RUNS;
	int map = sys_map_create("m", BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0);
	const struct bpf_insn once[] = {
		POINTERS(map),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_MOV64_IMM(BPF_REG_1, 1),
		BPF_ATOMIC_DW(CMPXCHG, BPF_REG_6, BPF_REG_1, 0),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	const struct bpf_insn head[] = { POINTERS(map) };
	const struct bpf_insn tail[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct bpf_insn loop[64];
	__u64 counted, failed;
	int prog, err;

	if (load_errno(BPF_PROG_TYPE_SCHED_CLS, once, COUNT(once))) {
		skip(2, "an unbounded compare-and-swap loop",
		     "the verifier refuses the instruction itself (Linux 5.12)");
		close(map);
		return;
	}
	memcpy(loop, head, sizeof(head));
	memcpy(loop + COUNT(head), open_end, sizeof(open_end));
	memcpy(loop + COUNT(head) + COUNT(open_end), tail, sizeof(tail));
	err = load_errno(BPF_PROG_TYPE_SCHED_CLS, loop,
			 COUNT(head) + COUNT(open_end) + COUNT(tail));
	/* The verifier finds an infinite loop, or follows the loop until it gives up. */
	ktap_ok(err == EINVAL || err == E2BIG,
		"an unbounded compare-and-swap loop is refused: %s", err ? strerrorname_np(err) : "no");
	prog = load_counter(map, bounded, COUNT(bounded), 1);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		gives("corrected: a bounded loop", fd_errno(prog), 0);
	} else {
		counted = count(prog, map, &failed);
		ktap_ok(prog >= 0 && counted + failed == all && counted,
			"corrected: at most 64 times: %llu counted and %llu given up, of %llu",
			(unsigned long long)counted, (unsigned long long)failed,
			(unsigned long long)all);
		close(prog);
	}
	close(map);
}

/* ---- the ring of which CPU ------------------------------------------------------------------ */

static int open_ring(int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
	};
	int fd = syscall(__NR_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	/* Without a ring, the event would have no room for a record. */
	if (fd >= 0 && (mmap(NULL, 2 * getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
			MAP_FAILED || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0)))
		return -1;
	return fd;
}

static void flags_0(void)
{
	static const struct {
		__u32 flags;
		int cpu, want;
		const char *what;
	} forms[] = {
		{ 0, 0, 0, "bpf_perf_event_output() with flags 0 on CPU 0" },
		{ 0, 1, EOPNOTSUPP, "bpf_perf_event_output() with flags 0 on CPU 1" },
		{ (__u32)BPF_F_CURRENT_CPU, 0, 0, "corrected: BPF_F_CURRENT_CPU on CPU 0" },
		{ (__u32)BPF_F_CURRENT_CPU, 1, 0, "corrected: BPF_F_CURRENT_CPU on CPU 1" },
	};
	int map = sys_map_create("m", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0);
	cpu_set_t before;
	int prog;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		close(map);
		return skip(4, "bpf_perf_event_output() with flags 0", "there is one CPU only");
	}
	sched_getaffinity(0, sizeof(before), &before);
	for (__u32 cpu = 0; cpu < 2; cpu++) {
		int fd = open_ring(cpu);

		if (fd < 0 || sys_map_update(map, &cpu, &fd, BPF_ANY))
			printf("# no ring for CPU %u: %s\n", cpu, strerror(errno));
	}
	for (size_t i = 0; i < COUNT(forms); i++) {
		const struct bpf_insn insns[] = {
			BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 1),
			BPF_LD_MAP_FD(BPF_REG_2, map),
			BPF_MOV32_IMM(BPF_REG_3, forms[i].flags),
			BPF_MOV64_REG(BPF_REG_4, BPF_REG_10),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_4, -8),
			BPF_MOV64_IMM(BPF_REG_5, 8),
			BPF_EMIT_CALL(BPF_FUNC_perf_event_output),
			BPF_EXIT_INSN(),
		};
		prog = load(insns, COUNT(insns));
		pin_to_cpu(forms[i].cpu);
		gives(forms[i].what, -(int)run(prog, 1), forms[i].want);
		close(prog);
	}
	sched_setaffinity(0, sizeof(before), &before);
	close(map);
}

/* ---- kprobe/sys_write ------------------------------------------------------------------------ */

static int open_kprobe(const char *symbol)
{
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	struct perf_event_attr attr = { .size = sizeof(attr), .sample_period = 1 };
	int type = -1;

	if (f && fscanf(f, "%d", &type) != 1)
		type = -1;
	if (f)
		fclose(f);
	attr.type = type;
	attr.kprobe_func = (unsigned long)symbol;
	return syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

/*
 * Where struct pt_regs has the first argument: that of a function, and that of a system call,
 * which some architectures keep in another place, since its register also gets the result.
 */
#if defined(__x86_64__)
#define PARM1		112	/* di */
#define PARM1_SYSCALL	112
#elif defined(__aarch64__)
#define PARM1		0	/* regs[0] */
#define PARM1_SYSCALL	0
#elif defined(__s390x__)
#define PARM1		40	/* gprs[2] */
#define PARM1_SYSCALL	152	/* orig_gpr2 */
#elif defined(__riscv)
#define PARM1		80	/* a0 */
#define PARM1_SYSCALL	280	/* orig_a0 */
#else
#error "where is the first argument in struct pt_regs?"
#endif

/* Loads a program that stores the first argument of this process's write(2) in the map. */
static int load_argument(int map, bool inside)
{
	const struct bpf_insn direct[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_1, PARM1),
	};
	const struct bpf_insn deref[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_3, BPF_REG_1, PARM1),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, PARM1_SYSCALL),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, -16),
		BPF_MOV64_IMM(BPF_REG_2, 8),
		BPF_EMIT_CALL(BPF_FUNC_probe_read),
		BPF_LDX_MEM(BPF_DW, BPF_REG_6, BPF_REG_10, -16),
	};
	const struct bpf_insn tail[] = {
		/* if (pid is ours) map[0] = r6 */
		BPF_EMIT_CALL(BPF_FUNC_get_current_pid_tgid),
		BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_0, getpid(), 11),
		BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_6, -16),
		BPF_LD_MAP_FD(BPF_REG_1, map),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_3, -16),
		BPF_MOV64_IMM(BPF_REG_4, BPF_ANY),
		BPF_EMIT_CALL(BPF_FUNC_map_update_elem),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	struct bpf_insn insns[32];
	size_t n = inside ? COUNT(deref) : COUNT(direct);

	memcpy(insns, inside ? deref : direct, n * sizeof(*insns));
	memcpy(insns + n, tail, sizeof(tail));
	return sys_prog_load("snippet", BPF_PROG_TYPE_KPROBE, insns, n + COUNT(tail), "GPL");
}

static void kprobe_sys_write(void)
{
	const char *symbol = ksym("sys_write");
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	__u32 zero = 0;
	__u64 fd = 0;
	int map, prog, event;
	char corrected[160];

	if (access("/sys/bus/event_source/devices/kprobe/type", R_OK)) {
		close(null);
		return skip(4, "kprobe/sys_write", "this kernel has no kprobes");
	}
	gives("kprobe/sys_write", fd_errno(open_kprobe("sys_write")), ENOENT);
	snprintf(corrected, sizeof(corrected), "corrected: kprobe/%s", symbol);
	gives(corrected, fd_errno(open_kprobe(symbol)), 0);
	map = sys_map_create("m", BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	for (int inside = 0; inside < 2; inside++) {
		prog = load_argument(map, inside);
		event = open_kprobe(symbol);
		if (prog < 0 || event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) ||
		    ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
			printf("# cannot attach: %s\n", strerror(errno));
		syscall(SYS_write, null, "", 1);
		close(event);
		sys_map_lookup(map, &zero, &fd);
		if (inside)
			ktap_ok(fd == (__u64)null, "corrected: PT_REGS_PARM1 of its pt_regs: %llu",
				(unsigned long long)fd);
		else
			ktap_ok(fd > INT_MAX, "its PT_REGS_PARM1 is not an fd, but the address of a pt_regs: 0x%llx...",
				(unsigned long long)fd >> 40);
		close(prog);
	}
	close(map);
	close(null);
}

/* ---- a walk, or a batch ------------------------------------------------- */

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static __u64 walk(int map)
{
	__u32 key, *prev = NULL;
	__u64 value, sum = 0;

	while (!sys_map_next_key(map, prev, &key)) {
		if (sys_map_lookup(map, &key, &value))
			break;
		sum += value;
		prev = &key;
	}
	return sum;
}

static __u64 batch(int map, __u32 *keys, __u64 *values)
{
	union bpf_attr attr;
	__u64 sum = 0;
	__u32 from;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.batch.map_fd = map;
	attr.batch.out_batch = (unsigned long)&from;
	attr.batch.keys = (unsigned long)keys;
	attr.batch.values = (unsigned long)values;
	do {
		attr.batch.count = ENTRIES;
		err = syscall(__NR_bpf, BPF_MAP_LOOKUP_BATCH, &attr, sizeof(attr));
		if (err && errno != ENOENT)
			return 0;
		for (__u32 i = 0; i < attr.batch.count; i++)
			sum += values[i];
		attr.batch.in_batch = attr.batch.out_batch;
	} while (!err);
	return sum;
}

/* Runs walks and batches in turn, so that both are measured under the same conditions. */
static void read_all(void)
{
	__u32 *keys = calloc(ENTRIES, sizeof(*keys));
	__u64 *values = calloc(ENTRIES, sizeof(*values));
	__u64 want = 0, walked = 0, batched = 0, t[3];
	int map = sys_map_create("m", BPF_MAP_TYPE_HASH, 4, 8, ENTRIES, 0);
	bool same = true;

	if (!keys || !values)
		abort();
	for (__u32 i = 0; i < ENTRIES; i++) {
		__u64 value = 3 * i + 1;

		sys_map_update(map, &i, &value, BPF_NOEXIST);
		want += value;
	}
	for (int i = 0; i < 10; i++) {
		t[0] = now();
		same &= walk(map) == want;
		t[1] = now();
		same &= batch(map, keys, values) == want;
		t[2] = now();
		walked += t[1] - t[0];
		batched += t[2] - t[1];
	}
	ktap_ok(same, "%d entries of a hash: a batch reads what a walk reads", ENTRIES);
	printf("# walked %llu ns an entry, in a batch %llu: %.1f times\n",
	       (unsigned long long)walked / ENTRIES / 10,
	       (unsigned long long)batched / ENTRIES / 10,
	       (double)walked / batched);
	close(map);
	free(values);
	free(keys);
}

int main(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	if (geteuid()) {
		printf("1..0 # SKIP needs root: it loads programs\n");
		fprintf(stderr, "test_snippets: needs root: it loads programs\n");
		return 4;
	}
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	setlinebuf(stdout);	/* if a test hangs, its predecessor has been printed */
	ktap_begin(PLAN);
	array_noprealloc();
	ring_misplaced();
	bpftool_create();
	bpftool_attach();
	array_update();
	lost_updates();
	cas_loop();
	flags_0();
	kprobe_sys_write();
	read_all();
	return ktap_end();
}
