// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_cpus - says when a CPU comes online, for a shell that reads perf rings.
 *
 *	bpf_cpus NAME		NAME is who says it, on stderr
 *
 * `bpftool map event_pipe` opens its rings once; see cpu_watch.h.  Runs until it is
 * killed.  Says "watching" on stdout when it does.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "observe.h"

#include "cpu_watch.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		observe_die("usage: bpf_cpus NAME");
	program_invocation_short_name = argv[1];
	cpu_came_say("bpftool's event_pipe");
	if (puts("watching") == EOF || fflush(stdout))
		return 1;
	for (;;) {
		poll(NULL, 0, 100);
		cpu_came_say("bpftool's event_pipe");
	}
}
