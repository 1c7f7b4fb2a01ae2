// SPDX-License-Identifier: GPL-2.0
/*
 * permission.c - may this process use BPF here, and if not, what forbids it?
 *
 * It tries what the programs need, with bpf(2) and perf_event_open(2) as bare system
 * calls.  Only if one of them is refused, it looks for the reason: at the capabilities,
 * namespaces and seccomp filters of this process.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>

#include "observe.h"
#include "permission.h"

#define INIT_USER_NS	0xEFFFFFFDU	/* its inode; part of the kernel's ABI in effect */
#define ENOUGH_MEMLOCK	(8UL << 20)	/* bytes for the maps of any variant */
#define KERNEL_ENOTSUPP	524		/* kernel-internal, but user space gets it */

/* Headers older than 5.8 do not define the last two. */
enum { SYS_RESOURCE = 24, SYS_ADMIN = 21, PERFMON = 38, BPF = 39 };

static char why[512];

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* ---- trying ------------------------------------------------------------------- */

/* Closes @fd, which a call has returned, and returns 0; or the errno of that call. */
static int tried(long fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int try_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_HASH;
	attr.key_size = sizeof(__u32);
	attr.value_size = sizeof(__u32);
	attr.max_entries = 1;
	return tried(sys_bpf(BPF_MAP_CREATE, &attr));
}

static int try_prog(const struct bpf_insn *insns, unsigned int cnt)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_TRACEPOINT;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = cnt;
	attr.license = (uintptr_t)"GPL";
	return tried(sys_bpf(BPF_PROG_LOAD, &attr));
}

static int try_empty_prog(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },		/* r0 = 0 */
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return try_prog(insns, sizeof(insns) / sizeof(insns[0]));
}

/* bpf_probe_read_kernel(r10 - 8, 8, 0), which every kernel has since 5.5. */
static int try_reading_prog(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return try_prog(insns, sizeof(insns) / sizeof(insns[0]));
}

/* Opens the event of a perf ring: for any task, on the current CPU. */
static int try_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
	};
	unsigned int cpu = 0;

	syscall(__NR_getcpu, &cpu, NULL, NULL);
	return tried(syscall(__NR_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

/* ---- what may forbid it -------------------------------------------------------- */

/* The number of @field in /proc/self/status; 0 if there is no such field. */
static unsigned long long status_field(const char *field, int base)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long value = 0;
	size_t len = strlen(field);
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ':' &&
		    sscanf(line + len + 1, base == 16 ? "%llx" : "%llu", &value) == 1)
			break;
	if (f)
		fclose(f);
	return value;
}

static bool has_capability(int capability)
{
	return status_field("CapEff", 16) >> capability & 1;
}

static bool kernel_before(int major, int minor)
{
	int is_major, is_minor;
	struct utsname u;

	return !uname(&u) && sscanf(u.release, "%d.%d", &is_major, &is_minor) == 2 &&
	       (is_major < major || (is_major == major && is_minor < minor));
}

/* In a user namespace root has all capabilities, but they are valid only inside it. */
static bool in_user_namespace(void)
{
	struct stat st;

	return !stat("/proc/self/ns/user", &st) && st.st_ino != INIT_USER_NS;
}

/* The calls that a seccomp filter may forbid, with a command and flags that do not exist. */
static long odd_bpf(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	return sys_bpf(0x7fffffff, &attr);
}

static long odd_event(void)
{
	return syscall(__NR_perf_event_open, NULL, -1, 0, -1, ~0UL);
}

static const struct {
	const char *name;
	long (*make)(void);
} calls[] = {
	{ "bpf(2)", odd_bpf },
	{ "perf_event_open(2)", odd_event },
};

#define CALLS	(sizeof(calls) / sizeof(calls[0]))

/* The kernel says EINVAL to such arguments, so any other errno comes from a filter. */
static bool filtered(const char **call)
{
	if (!status_field("Seccomp", 10))
		return false;
	for (unsigned int i = 0; i < CALLS; i++) {
		*call = calls[i].name;
		if (calls[i].make() < 0 && errno != EINVAL)
			return true;
	}
	return false;
}

/*
 * A filter may also kill the process that makes the call, as that of systemd does by
 * default.  So a child makes the call first.
 */
static bool deadly(const char **call)
{
	const struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid;

	if (!status_field("Seccomp", 10))
		return false;
	for (unsigned int i = 0; i < CALLS; i++) {
		*call = calls[i].name;
		pid = fork();
		if (!pid) {
			setrlimit(RLIMIT_CORE, &no_core);
			signal(SIGSYS, SIG_DFL);
			calls[i].make();
			_exit(0);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGSYS)
			return true;
	}
	return false;
}

static const char *seccomp(const char *call)
{
	snprintf(why, sizeof(why),
		 "a seccomp filter forbids %s: run it without the filter (docker run --security-opt seccomp=unconfined, or systemd's SystemCallFilter=)",
		 call);
	return why;
}

int permission_raise_memlock(struct rlimit *old)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit highest;

	getrlimit(RLIMIT_MEMLOCK, old);
	if (!kernel_before(5, 11) || !setrlimit(RLIMIT_MEMLOCK, &unlimited))
		return 0;
	highest = (struct rlimit){ old->rlim_max, old->rlim_max };
	setrlimit(RLIMIT_MEMLOCK, &highest);
	return old->rlim_max < ENOUGH_MEMLOCK ? -1 : 0;
}

static const char *memlock(void)
{
	snprintf(why, sizeof(why),
		 "RLIMIT_MEMLOCK is too low: before Linux 5.11 maps are charged to it, and without CAP_SYS_RESOURCE it cannot be raised: ulimit -l unlimited, where that is allowed");
	return why;
}

static const char *missing_capabilities(void)
{
	bool bpf = has_capability(BPF), perfmon = has_capability(PERFMON);

	if (has_capability(SYS_ADMIN) || (bpf && perfmon))
		return NULL;
	if (kernel_before(5, 8))
		snprintf(why, sizeof(why),
			 "CAP_SYS_ADMIN is missing: root has dropped it, or a container has; give it back (docker run --cap-add SYS_ADMIN)");
	else
		snprintf(why, sizeof(why),
			 "%s missing: root has dropped %s, or a container has; give back CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN (docker run --cap-add)",
			 bpf ? "CAP_PERFMON is" : perfmon ? "CAP_BPF is" : "CAP_BPF and CAP_PERFMON are",
			 bpf || perfmon ? "it" : "them");
	return why;
}

/* The only reason that is left when nothing else forbids it. */
static const char *security_module(void)
{
	FILE *f = fopen("/sys/kernel/security/lsm", "re");
	char list[128] = "";

	if (f && fgets(list, sizeof(list), f))
		list[strcspn(list, "\n")] = '\0';
	if (f)
		fclose(f);
	snprintf(why, sizeof(why),
		 "a security module (LSM) refuses it: all capabilities are there, and no seccomp filter is in the way; see its log (dmesg, ausearch)%s%s%s",
		 list[0] ? "; active are " : "", list,
		 list[0] ? "" : "; /sys/kernel/security/lsm lists them where securityfs is mounted");
	return why;
}

/* A kernel that is locked down hides the helper, as if it did not know it. */
static const char *lockdown(void)
{
	if (try_empty_prog() || try_reading_prog() != EINVAL)
		return NULL;
	return "the kernel is locked down (lockdown=confidentiality): no program may read its memory; boot it without, or see whether Secure Boot does that";
}

const char *permission_why(void)
{
	const char *call;

	if (in_user_namespace())
		return "in a user namespace root may not load BPF programs: run it as root outside of one";
	if (missing_capabilities())
		return why;
	if (filtered(&call))
		return seccomp(call);
	if (kernel_before(5, 11) && !has_capability(SYS_RESOURCE))
		return memlock();
	return lockdown() ?: security_module();
}

/* ---- all of it ------------------------------------------------------------------ */

static bool forbidden(int err)
{
	return err == EPERM || err == EACCES;
}

static const char *try_all(bool tracing)
{
	const char *call;
	int err;

	if (deadly(&call))
		return seccomp(call);
	err = try_map();
	if (err == ENOSYS && !filtered(&call))
		return "this kernel has no bpf(2) (CONFIG_BPF_SYSCALL)";
	if (err == ENOSYS || forbidden(err))
		return permission_why();
	if (!tracing)
		return NULL;
	if (forbidden(try_empty_prog()) || forbidden(try_event()))
		return permission_why();
	return lockdown();
}

const char *permission_missing(bool tracing)
{
	struct rlimit old;
	const char *missing;

	if (permission_raise_memlock(&old))
		return memlock();
	missing = try_all(tracing);
	setrlimit(RLIMIT_MEMLOCK, &old);
	return missing;
}

void permission_unknown(const char *what, int err)
{
	if (forbidden(err))
		observe_skip("%s: %s", what, permission_why());
	if (err != EINVAL && err != E2BIG && err != ENOTSUP && err != KERNEL_ENOTSUPP)
		observe_die("cannot try %s: %s", what, strerror(err));
}
