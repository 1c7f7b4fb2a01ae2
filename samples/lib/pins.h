/* SPDX-License-Identifier: GPL-2.0 */
/* pins.h - a bpffs that nobody else sees, and that goes with this process. */
#ifndef SAMPLES_LIB_PINS_H
#define SAMPLES_LIB_PINS_H

#define PINS	"/sys/fs/bpf"

/*
 * Mounts it at PINS, in a mount namespace of this process and its children: a pin there
 * outlives none of them, whoever kills them.  Ends the process if that cannot be done.
 */
void pins_private(void);

#endif
