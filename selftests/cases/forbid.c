// SPDX-License-Identifier: GPL-2.0
/*
 * forbid - runs a command to which a system call is forbidden, for tests of the messages.
 *
 *	forbid bpf|perf_event_open [ERRNO|kill] -- COMMAND...
 *
 * A seccomp filter answers the call with ERRNO, a number (default: EPERM), as those of
 * containers and of systemd's SystemCallErrorNumber= do, or kills the process that makes it,
 * as those of systemd's SystemCallFilter= do.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

int main(int argc, char **argv)
{
	int words = argc > 3 && !strcmp(argv[2], "--") ? 2 :
		    argc > 4 && !strcmp(argv[3], "--") ? 3 : 0;
	unsigned int nr = argc > 1 && !strcmp(argv[1], "bpf") ? __NR_bpf : __NR_perf_event_open;
	unsigned int action = words != 3 ? SECCOMP_RET_ERRNO | EPERM :
			      !strcmp(argv[2], "kill") ? SECCOMP_RET_KILL_PROCESS :
			      SECCOMP_RET_ERRNO | atoi(argv[2]);
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (!words || (nr != __NR_bpf && strcmp(argv[1], "perf_event_open"))) {
		fprintf(stderr, "usage: forbid bpf|perf_event_open [ERRNO|kill] -- COMMAND...\n");
		return 1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		fprintf(stderr, "forbid: cannot set a seccomp filter: %s\n", strerror(errno));
		return 4;
	}
	execvp(argv[words + 1], argv + words + 1);
	fprintf(stderr, "forbid: cannot run %s: %s\n", argv[words + 1], strerror(errno));
	return 1;
}
