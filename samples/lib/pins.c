// SPDX-License-Identifier: GPL-2.0
/*
 * pins.c - a bpffs that nobody else sees, and that goes with this process.
 *
 * Pins outlive the process that made them, and after a SIGKILL nobody removes them.  But
 * a file system goes with the last mount namespace that it is mounted in.
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
		observe_skip(PINS " is missing: no sysfs, or no BPF in this kernel");
	if (unshare(CLONE_NEWNS))
		observe_skip("cannot make a mount namespace: %s (in a container it takes CAP_SYS_ADMIN)",
			     strerror(errno));
	if (mount("none", "/sys", "none", MS_REC | MS_SLAVE, NULL) ||
	    mount("bpf", PINS, "bpf", 0, NULL))
		observe_skip("cannot mount a bpffs at " PINS ": %s%s", strerror(errno),
			     errno == EPERM ? " (it takes CAP_SYS_ADMIN)" : "");
	done = true;
}
