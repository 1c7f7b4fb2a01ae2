/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inherit.h - what a program gets from its parent and did not ask for: closed
 * descriptors, signals that are ignored or blocked.
 *
 * A parent may ignore SIGCHLD (children then vanish, and wait(2) finds none) or
 * start a program without a stdout (then the next file that is opened is it).
 * What a program of ours needs is set; all else stays as it came, and what we start
 * for the user gets just what we got.
 */
#ifndef SAMPLES_LIB_INHERIT_H
#define SAMPLES_LIB_INHERIT_H

#include <signal.h>
#include <stdbool.h>

/*
 * The first call of a main().  Opens /dev/null in the place of a closed stdin, stdout
 * or stderr.  Sets SIGCHLD to its default, ignores SIGPIPE and SIGXFSZ: what they
 * say is an errno of write(2) as well.  Returns false if stdout was closed.
 */
bool inherit_init(void);

/*
 * Blocks the signals that end a program (SIGINT, SIGTERM, SIGHUP, SIGQUIT), but not
 * those that were ignored or blocked at the start, and says in @set which they are.
 * A signalfd has to have no others: it is handed ignored signals, too.
 */
void inherit_block(sigset_t *set);

/* In a child, before it executes what is the user's: signals as they came. */
void inherit_restore(void);

#endif
