/* SPDX-License-Identifier: GPL-2.0 */
/*
 * modern.h - what the user sides of all skeletons share: they probe what the kernel has before
 * they load, and pass libbpf's log on to stderr.
 */
#ifndef MODERN_LIB_MODERN_H
#define MODERN_LIB_MODERN_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <linux/btf.h>

#include "observe.h"
#include "permission.h"
#include "tracing.h"

/* libbpf's warnings go to stderr, its other messages only with -v. */
static inline int modern_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN || observe.verbose ? vfprintf(stderr, fmt, args) : 0;
}

/* Ends the process after a probe of @what has failed, with status 4 if the kernel lacks it. */
static inline void __attribute__((noreturn)) modern_lacks(const char *what, const char *since)
{
	/* The return value of a libbpf probe does not say why it failed, but errno still does. */
	permission_unknown(what, errno ?: EINVAL);
	observe_skip("this kernel refuses a %s (Linux %s)", what, since);
}

/* Returns the contents of /sys/kernel/btf/vmlinux, @size bytes, which are never freed. */
static inline const char *modern_btf(size_t *size)
{
	static char *btf;
	static size_t len;
	ssize_t got = 1;
	int fd;

	*size = len;
	if (btf)
		return btf;
	fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		observe_skip("no /sys/kernel/btf/vmlinux to relocate by (CONFIG_DEBUG_INFO_BTF)");
	if (fd < 0)
		observe_die("cannot open /sys/kernel/btf/vmlinux: %s", strerror(errno));
	for (size_t room = 0; got > 0; len += got) {
		if (len == room)
			btf = realloc(btf, room += 8 << 20);
		got = btf ? read(fd, btf + len, room - len) : -1;
		if (got < 0)
			observe_die("cannot read /sys/kernel/btf/vmlinux: %s", strerror(errno));
	}
	close(fd);
	*size = len;
	return btf;
}

/*
 * Does the kernel have a type, a field or a function of this name?  This searches the
 * strings of the BTF: parsing it with libbpf would take four times as long, and libbpf does
 * that anyway when the skeleton is loaded.
 */
static inline bool modern_btf_names(const char *name)
{
	char string[64];
	size_t size;
	const char *btf = modern_btf(&size);

	/* Before each string stands the zero byte that ends the previous one. */
	snprintf(string, sizeof(string), "%c%s", '\0', name);
	return memmem(btf, size, string, strlen(name) + 2);
}

/* Ends the process with status 4 if the kernel has no BTF, or 1 if the file is not BTF. */
static inline void modern_needs_btf(void)
{
	struct btf_header header = {};
	size_t size;
	const char *btf = modern_btf(&size);

	memcpy(&header, btf, size < sizeof(header) ? size : sizeof(header));
	if (header.magic != BTF_MAGIC)
		observe_die("/sys/kernel/btf/vmlinux is no BTF: it begins with %#x, not %#x",
			    header.magic, BTF_MAGIC);
	/* The strings are last. */
	if (size < (size_t)header.hdr_len + header.str_off + header.str_len)
		observe_die("cannot read the kernel's BTF: /sys/kernel/btf/vmlinux is cut short, it ends after %zu bytes",
			    size);
}

/*
 * May the kernel preempt a program at a BTF tracepoint?  It may since Linux 7.0, where the
 * type of guard that is looked for here has replaced preempt_disable().  The kernel does not
 * run a program within itself, which it finds out by a counter for each CPU: while a program
 * is preempted, it misses the events of other tasks on that CPU.  Through perf the same
 * tracepoint runs its programs with preemption disabled.  So each program NAME at a BTF
 * tracepoint has a copy NAME_perf, which costs more and is loaded on such kernels.  The
 * tracepoints below syscalls/ are no alternative: since 7.2 their programs can be preempted,
 * too (see selftests/kernel-bugs).
 */
static inline bool modern_preempted(void)
{
	if (!modern_btf_names("class_srcu_fast_notrace_t"))
		return false;
	tracing_needs_tracefs();
	return true;
}

#endif
