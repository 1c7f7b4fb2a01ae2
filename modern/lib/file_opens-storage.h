/* SPDX-License-Identifier: GPL-2.0 */
/*
 * file_opens-storage.h - the keys and records by which the programs of file_opens-storage tell
 * user space about threads.
 */
#ifndef MODERN_LIB_FILE_OPENS_STORAGE_H
#define MODERN_LIB_FILE_OPENS_STORAGE_H

#include "file_opens.h"

struct file_opens_thread {
	__u32 pid;
	__u32 tid;
	__u64 first;		/* time of the first open, as a tid may be used again */
};

struct file_opens_running {
	struct file_opens_thread thread;
	struct file_opens_process process;
};

#endif
