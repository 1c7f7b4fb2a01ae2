// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_attach - attaches pinned programs for a shell script.
 *
 *	bpf_attach tracepoint|kprobe EVENT PIN [...]
 *
 * bpftool loads and pins a program, but up to v7.1 (that of Linux 6.1) it cannot attach
 * it to a kprobe or a tracepoint; later `prog loadall ... autoattach` can.  A perf event
 * lives as long as its descriptor, so this program prints "attached" and keeps the
 * descriptor open until stdin ends or its parent dies.  Several programs are attached in
 * the given order and detached in reverse order, so that the entry of a call is attached
 * before its exit and detached after it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "observe.h"
#include "tracing.h"

#include "attach.h"
#include "sys_bpf.h"

static const struct {
	const char *name;
	int (*attach)(const char *event, int prog_fd);
} kinds[] = {
	{ "tracepoint", attach_tracepoint },
	{ "kprobe", attach_kprobe },
};

#define MAX	8	/* programs */
#define USAGE	"usage: bpf_attach tracepoint|kprobe EVENT PIN [...]"

/* Attaches one program, by three arguments.  Returns a descriptor, or ends the process. */
static int attach_pinned(char **words)
{
	int (*attach)(const char *event, int prog_fd) = NULL;
	int prog_fd, fd;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(words[0], kinds[i].name))
			attach = kinds[i].attach;
	if (!attach)
		observe_die("cannot attach to a '%s': it has to be tracepoint or kprobe",
			    words[0]);
	if (attach == attach_kprobe)
		tracing_needs_kprobes();

	prog_fd = sys_obj_get(words[2]);
	if (prog_fd < 0)
		observe_die("cannot open the pinned program %s: %s", words[2],
			    strerror(errno));
	fd = attach(words[1], prog_fd);
	if (fd < 0)
		exit(1);
	return fd;
}

int main(int argc, char **argv)
{
	int fds[MAX], cnt = (argc - 1) / 3;
	char buf[64];
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);

	if (argc == 2 && !strcmp(argv[1], "-h"))
		return puts(USAGE) == EOF || fflush(stdout) ? 1 : 0;
	if (cnt < 1 || cnt > MAX || argc != 1 + 3 * cnt)
		observe_die(USAGE);
	for (int i = 0; i < cnt; i++)
		fds[i] = attach_pinned(&argv[1 + 3 * i]);

	if (puts("attached") == EOF || fflush(stdout))
		observe_die("cannot write to stdout: %s", strerror(errno));
	do {
		n = read(STDIN_FILENO, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
	while (cnt)
		close(fds[--cnt]);
	return 0;
}
