// SPDX-License-Identifier: GPL-2.0
/*
 * many - runs many processes one after another, which fill a map at its real size.
 *
 *	many N write	each calls write(2) once
 *	many N leave	each ends by the 32-bit exit(2), which has the number of write(2):
 *			who goes by the number alone waits for its return for ever
 *
 * The exit status is 4 if there is no such call: it is made by int 0x80, which only x86 has.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int null_fd;

static int write_once(void *arg)
{
	(void)arg;
	syscall(SYS_write, null_fd, "", 1);
	return 0;
}

static int leave(void *arg)
{
	(void)arg;
#ifdef __x86_64__
	asm volatile("int $0x80" : : "a"(1), "b"(0) : "memory");
#endif
	return 4;
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	int (*child)(void *) = argc == 3 && !strcmp(argv[2], "leave") ? leave : write_once;
	int n = argc == 3 ? atoi(argv[1]) : 0, status, flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
	pid_t pid;

	if (n < 1 || (child == write_once && strcmp(argv[2], "write"))) {
		fprintf(stderr, "usage: many N write|leave\n");
		return 1;
	}
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	while (n--) {
		pid = clone(child, stack + sizeof(stack), flags, NULL);
		if (pid < 0 || waitpid(pid, &status, 0) != pid) {
			perror("many: cannot make a process");
			return 1;
		}
		if (status)
			return 4;
	}
	return 0;
}
