// SPDX-License-Identifier: GPL-2.0
/* tracing.c - what a variant needs of the kernel's tracing before it can attach. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "observe.h"
#include "tracing.h"

const char *tracing_needs_tracefs(void)
{
	if (!access("/sys/kernel/tracing/events", F_OK))
		return "/sys/kernel/tracing";
	if (!access("/sys/kernel/debug/tracing/events", F_OK))
		return "/sys/kernel/debug/tracing";	/* before 4.1 */
	observe_skip("no tracefs is mounted, and this process may not do it (CAP_SYS_ADMIN), or this kernel has none: mount -t tracefs none /sys/kernel/tracing");
}

void tracing_needs_kprobes(void)
{
	struct utsname u;

	if (!access(TRACING_KPROBE, R_OK))
		return;
	if (errno != ENOENT)
		observe_die("cannot read %s: %s", TRACING_KPROBE, strerror(errno));
	uname(&u);
	observe_skip("no kprobes in kernel %s: there is no %s (CONFIG_KPROBE_EVENTS)", u.release,
		     TRACING_KPROBE);
}
