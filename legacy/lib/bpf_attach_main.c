// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_attach - attaches a pinned program for a shell, which cannot.
 *
 *	bpf_attach tracepoint|kprobe|raw_tracepoint EVENT PIN
 *
 * bpftool loads and pins a program, but up to 7.1 it attaches neither kprobes
 * nor tracepoints (`prog loadall ... autoattach` came later).  A perf event
 * lives as long as its descriptor, so this says "attached" and holds it until
 * stdin ends, or whoever started it dies.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "observe.h"

#include "attach.h"
#include "sys_bpf.h"

static const struct {
	const char *name;
	int (*attach)(const char *event, int prog_fd);
} kinds[] = {
	{ "tracepoint", attach_tracepoint },
	{ "kprobe", attach_kprobe },
	{ "raw_tracepoint", attach_raw_tracepoint },
};

int main(int argc, char **argv)
{
	int (*attach)(const char *event, int prog_fd) = NULL;
	int prog_fd, fd;
	char buf[64];
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);

	for (size_t i = 0; argc == 4 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			attach = kinds[i].attach;
	if (!attach)
		observe_die("usage: bpf_attach tracepoint|kprobe|raw_tracepoint EVENT PIN");
	if (attach == attach_kprobe && kprobe_missing())
		observe_skip("%s", kprobe_missing());

	prog_fd = sys_obj_get(argv[3]);
	if (prog_fd < 0)
		observe_die("%s: no pinned program that I may open: %s", argv[3],
			    strerror(errno));
	fd = attach(argv[2], prog_fd);
	if (fd < 0)
		return 1;

	if (puts("attached") == EOF || fflush(stdout))
		observe_die("stdout: %s", strerror(errno));
	do {
		n = read(STDIN_FILENO, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
	return 0;
}
