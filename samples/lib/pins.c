// SPDX-License-Identifier: GPL-2.0
/*
 * pins.c - a bpffs that only this process and its children see, and that ends with them.
 *
 * Pins outlive the process that made them, and after a SIGKILL nobody removes them.  But
 * the kernel removes a file system with the last mount namespace in which it is mounted.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "observe.h"
#include "pins.h"

void pins_private(void)
{
	static bool done;

	if (done)
		return;
	if (access(PINS, F_OK))
		observe_skip(PINS " is missing: no sysfs is mounted, or this kernel has no BPF");
	if (unshare(CLONE_NEWNS))
		observe_skip("cannot make a mount namespace: %s (in a container it takes CAP_SYS_ADMIN)",
			     strerror(errno));
	if (mount("none", "/sys", "none", MS_REC | MS_SLAVE, NULL) ||
	    mount("bpf", PINS, "bpf", 0, NULL))
		observe_skip("cannot mount a bpffs at " PINS ": %s%s", strerror(errno),
			     errno == EPERM ? " (it takes CAP_SYS_ADMIN)" : "");
	done = true;
}
