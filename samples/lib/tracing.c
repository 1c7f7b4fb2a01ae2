// SPDX-License-Identifier: GPL-2.0
/* tracing.c - what a variant needs of the kernel's tracing before it can attach. */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "observe.h"
#include "tracing.h"

void tracing_mount(void)
{
	static bool private;
	static const struct {
		const char *probe, *type, *dir;
	} mounts[] = {
		{ "/sys/kernel/tracing/events", "tracefs", "/sys/kernel/tracing" },
		{ "/sys/kernel/debug/tracing/events", "debugfs", "/sys/kernel/debug" },
	};

	for (unsigned int i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (!access(mounts[i].probe, F_OK))
			continue;
		if (!private && (unshare(CLONE_NEWNS) ||
				 mount(NULL, "/sys", NULL, MS_REC | MS_SLAVE, NULL)))
			return;		/* the error comes when a program is attached */
		private = true;
		mount("none", mounts[i].dir, mounts[i].type, 0, NULL);
	}
}

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
