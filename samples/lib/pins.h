/* SPDX-License-Identifier: GPL-2.0 */
/* pins.h - a bpffs that only this process and its children see. */
#ifndef SAMPLES_LIB_PINS_H
#define SAMPLES_LIB_PINS_H

#define PINS	"/sys/fs/bpf"

/*
 * Mounts it at PINS, in a mount namespace of this process and its children.  The pins in
 * it end with the last of these, even after a SIGKILL.  Ends the process if that cannot
 * be done.
 */
void pins_private(void);

#endif
