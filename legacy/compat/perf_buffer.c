// SPDX-License-Identifier: GPL-2.0
/*
 * perf_buffer.c - perf_buffer__new() of three arguments.
 *
 * 0.6 gave the name six arguments: the callbacks came out of the options,
 * which begin with their own size now.
 */
#include <errno.h>

#include "compat.h"

struct perf_buffer *compat_perf_buffer_new(int map_fd, size_t page_cnt,
					   const struct compat_perf_buffer_opts *opts)
{
	return compat_pointer(perf_buffer__new(map_fd, page_cnt,
					       opts ? opts->sample_cb : NULL,
					       opts ? opts->lost_cb : NULL,
					       opts ? opts->ctx : NULL, NULL));
}
