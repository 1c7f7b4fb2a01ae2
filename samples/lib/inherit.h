/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inherit.h - what a program inherits from its parent: closed descriptors, and signals
 * that are ignored or blocked.
 *
 * A parent may ignore SIGCHLD (then ended children vanish, and wait(2) finds none) or
 * start a program without a stdout (then the next file that is opened becomes stdout).
 * These functions set what a program of the suite needs and change nothing else.
 * The user's command gets the signals and descriptors that the program has got.
 */
#ifndef SAMPLES_LIB_INHERIT_H
#define SAMPLES_LIB_INHERIT_H

#include <signal.h>
#include <stdbool.h>

/*
 * The first call of a main().  Opens /dev/null in the place of a closed stdin, stdout
 * or stderr.  Sets SIGCHLD to its default.  Ignores SIGPIPE and SIGXFSZ: write(2)
 * reports the same by its errno.  Returns false if stdout was closed.
 */
bool inherit_init(void);

/*
 * Blocks the signals that end a program (SIGINT, SIGTERM, SIGHUP, SIGQUIT), but not
 * those that were ignored or blocked at the start.  @set gets the signals that it has
 * blocked: a signalfd must be made for no others, as it reports ignored signals, too.
 */
void inherit_block(sigset_t *set);

/* Restores the inherited signals, in a child that will execute the user's command. */
void inherit_restore(void);

#endif
