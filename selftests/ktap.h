/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ktap.h - prints the results of a test program, and reads what the code under test has
 * written to stderr.
 *
 * An error should be one line that names what is wrong, so tests check stderr, which
 * goes to a file in memory.  Reports of a sanitizer still go to the real stderr.
 */
#ifndef SELFTESTS_KTAP_H
#define SELFTESTS_KTAP_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

static int ktap_results, ktap_failures, ktap_stderr;

static inline void ktap_begin(int plan)
{
	int real = dup(STDERR_FILENO);

	signal(SIGCHLD, SIG_DFL);	/* if it was ignored, wait(2) would find no child */
	printf("KTAP version 1\n1..%d\n", plan);
	fflush(stdout);
	ktap_stderr = memfd_create("stderr", MFD_CLOEXEC);
	if (real < 0 || ktap_stderr < 0 || dup2(ktap_stderr, STDERR_FILENO) < 0)
		abort();
	if (__sanitizer_set_report_fd)
		__sanitizer_set_report_fd((void *)(uintptr_t)real);
}

/* What was written to stderr since the last call. */
static inline const char *ktap_said(void)
{
	static char text[4096];
	ssize_t n = pread(ktap_stderr, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	if (ftruncate(ktap_stderr, 0) || lseek(ktap_stderr, 0, SEEK_SET))
		abort();
	return text;
}

/* Is @said one line, and does it contain @words? */
static inline bool ktap_line(const char *said, const char *words)
{
	const char *end = strchr(said, '\n');

	return end && !end[1] && strstr(said, words);
}

__attribute__((format(printf, 2, 3)))
static inline void ktap_ok(bool ok, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("%sok %d ", ok ? "" : "not ", ++ktap_results);
	vprintf(fmt, args);
	putchar('\n');
	va_end(args);
	ktap_failures += !ok;
}

static inline int ktap_end(void)
{
	return ktap_failures || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
