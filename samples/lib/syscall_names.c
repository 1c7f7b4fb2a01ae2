// SPDX-License-Identifier: GPL-2.0
/*
 * syscall_names.c - the names of this machine's system calls, by their numbers.
 *
 * The kernel has no file that lists them at run time.  The Makefile makes syscall_table.h
 * from the macros in <asm/unistd.h>, which does not know newer calls.  From 424 on the
 * numbers are the same on all architectures, so newer ones are listed here.
 */
#include <asm/unistd.h>
#include <stdio.h>

#include "syscall_names.h"

static const struct {
	long nr;
	const char *name;
} names[] = {
#include "syscall_table.h"
#if defined(__x86_64__)		/* two newer ones that only x86-64 has */
	{ 335, "uretprobe" }, { 336, "uprobe" },
#endif
};

#define NEWER	424

static const char *const newer[] = {
	"pidfd_send_signal", "io_uring_setup", "io_uring_enter", "io_uring_register",
	"open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "pidfd_open",
	"clone3", "close_range", "openat2", "pidfd_getfd", "faccessat2", "process_madvise",
	"epoll_pwait2", "mount_setattr", "quotactl_fd", "landlock_create_ruleset",
	"landlock_add_rule", "landlock_restrict_self", "memfd_secret", "process_mrelease",
	"futex_waitv", "set_mempolicy_home_node", "cachestat", "fchmodat2", "map_shadow_stack",
	"futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount",
	"lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat",
	"getxattrat", "listxattrat", "removexattrat", "open_tree_attr", "file_getattr",
	"file_setattr", "listns", "rseq_slice_yield",
};

const char *syscall_name(long nr)
{
	static char unknown[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].nr == nr)
			return names[i].name;
	if (nr >= NEWER && nr < NEWER + (long)(sizeof(newer) / sizeof(newer[0])))
		return newer[nr - NEWER];
	snprintf(unknown, sizeof(unknown), "syscall_%ld", nr);
	return unknown;
}
