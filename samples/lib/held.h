/* SPDX-License-Identifier: GPL-2.0 */
/*
 * held.h - a page that holds up the system calls that read it, so that many calls are under way
 * at the same time, and it is known that they are.
 *
 * No byte of the page is there until held_release().  A task whose call reads a name from it
 * waits in the kernel, which says so on a descriptor (userfaultfd(2), Linux 4.3).
 */
#ifndef SAMPLES_LIB_HELD_H
#define SAMPLES_LIB_HELD_H

struct held {
	char *page;	/* for the arguments of calls */
	int fd;
};

/* Makes the page.  Returns 0, or -1 if this kernel does not let the caller do that. */
int held_make(struct held *held);

/* Waits until @n calls of threads of this process wait for the page.  Returns 0 or -1. */
int held_await(const struct held *held, unsigned int n);

/* Fills the page with @text, and lets the calls go on.  Returns 0 or -1. */
int held_release(const struct held *held, const char *text);

#endif
