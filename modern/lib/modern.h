/* SPDX-License-Identifier: GPL-2.0 */
/*
 * modern.h - the little that every skeleton's user side says to libbpf: where
 * its log goes, which helper the filter may call, which of two hooks is used.
 */
#ifndef MODERN_LIB_MODERN_H
#define MODERN_LIB_MODERN_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "observe.h"
#include "permission.h"

/* libbpf's warnings go to stderr, its other messages only with -v. */
static inline int modern_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN || observe.verbose ? vfprintf(stderr, fmt, args) : 0;
}

/* The kernel's BTF.  btf__load_vmlinux_btf() says ESRCH, whatever keeps it from it. */
static inline struct btf *modern_btf(void)
{
	struct btf *btf = btf__load_vmlinux_btf() ?: btf__parse("/sys/kernel/btf/vmlinux", NULL);

	if (!btf)
		observe_die("cannot read the kernel's BTF: %s", strerror(errno));
	return btf;
}

/*
 * Can programs at tracepoints be preempted here?  Linux 7.0 put this guard of
 * tracepoints in the place of preempt_disable().
 */
static inline bool modern_preempted(void)
{
	struct btf *btf = modern_btf();
	bool found;

	found = btf__find_by_name_kind(btf, "class_srcu_fast_notrace_t", BTF_KIND_TYPEDEF) > 0;
	btf__free(btf);
	return found;
}

/*
 * Of the programs NAME and NAME_perf, which do the same, loads one: see
 * on_syscall.bpf.h.  What is not to be loaded at all has to be said before.
 */
static inline void modern_pick(const struct bpf_object *obj)
{
	struct bpf_program *prog, *perf;
	char name[64];

	if (!modern_preempted())
		return;
	if (access("/sys/kernel/tracing/events", F_OK) &&
	    access("/sys/kernel/debug/tracing/events", F_OK))
		observe_skip("no tracefs is mounted, and this process may not do it (CAP_SYS_ADMIN): mount -t tracefs none /sys/kernel/tracing");
	bpf_object__for_each_program(prog, obj) {
		snprintf(name, sizeof(name), "%s_perf", bpf_program__name(prog));
		perf = bpf_object__find_program_by_name(obj, name);
		if (!perf)
			continue;
		bpf_program__set_autoload(perf, bpf_program__autoload(prog));
		bpf_program__set_autoload(prog, false);
	}
}

/*
 * Picks the hooks, and fills in the constants of observed.bpf.h.  @type is a
 * program type of the skeleton's: what a program may call depends on it.
 */
#define modern_observe(skel, type) do {						\
	modern_pick((skel)->obj);						\
	(skel)->rodata->observed_cgroup = observe.cgroup_id;			\
	(skel)->rodata->observed_level = observe.cgroup_level;			\
	(skel)->rodata->observed_self = observe.pid;				\
	(skel)->rodata->observed_helper = libbpf_probe_bpf_helper(type,		\
		BPF_FUNC_get_current_ancestor_cgroup_id, NULL) == 1;		\
} while (0)

/* Exit 4 if the kernel does not know this type of map, which came with Linux @since. */
static inline void modern_needs_map(enum bpf_map_type type, const char *name, const char *since)
{
	/* What the probe returns says nothing of the reason; the errno is still there. */
	errno = 0;
	if (libbpf_probe_bpf_map_type(type, NULL) == 1)
		return;
	permission_unknown(name, errno ?: EINVAL);
	observe_skip("this kernel refuses a %s (Linux %s)", name, since);
}

/* What every modern variant needs of a kernel; exit 4 with what is missing. */
static inline void modern_init(void)
{
	__u16 magic = 0;
	FILE *btf;

	libbpf_set_print(modern_log);
	btf = fopen("/sys/kernel/btf/vmlinux", "r");
	if (!btf && errno != ENOENT)
		observe_die("cannot open /sys/kernel/btf/vmlinux: %s", strerror(errno));
	if (!btf)
		observe_skip("no /sys/kernel/btf/vmlinux to relocate by (CONFIG_DEBUG_INFO_BTF)");
	if (fread(&magic, sizeof(magic), 1, btf) != 1 || magic != BTF_MAGIC)
		observe_die("/sys/kernel/btf/vmlinux is no BTF: it begins with %#x, not %#x", magic,
			    BTF_MAGIC);
	fclose(btf);
	modern_needs_map(BPF_MAP_TYPE_RINGBUF, "BPF_MAP_TYPE_RINGBUF", "5.8");
}

static inline void modern_needs_kprobes(void)
{
	struct utsname u;

	if (!access("/sys/bus/event_source/devices/kprobe/type", R_OK))
		return;
	if (errno != ENOENT)
		observe_die("cannot read /sys/bus/event_source/devices/kprobe/type: %s",
			    strerror(errno));
	uname(&u);
	observe_skip("no kprobes in kernel %s: there is no /sys/bus/event_source/devices/kprobe/type (CONFIG_KPROBE_EVENTS)",
		     u.release);
}

#endif
