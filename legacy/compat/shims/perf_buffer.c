// SPDX-License-Identifier: GPL-2.0
/*
 * perf_buffer.c - perf_buffer__new() and perf_buffer__new_raw() with three arguments,
 * and bpf_perf_event_read_simple().
 *
 * Since 0.6 the first two have six arguments: the callbacks are no longer in the options,
 * and the options begin with their own size.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/perf_event.h>

#include "compat.h"

struct perf_buffer *perf_buffer__new_deprecated(int map_fd, size_t page_cnt,
						const struct compat_perf_buffer_opts *opts)
{
	return compat_pointer(perf_buffer__new(map_fd, page_cnt,
					       opts ? opts->sample_cb : NULL,
					       opts ? opts->lost_cb : NULL,
					       opts ? opts->ctx : NULL, NULL));
}

struct perf_buffer *perf_buffer__new_raw_deprecated(int map_fd, size_t page_cnt,
						    const struct compat_perf_buffer_raw_opts *opts)
{
	LIBBPF_OPTS(perf_buffer_raw_opts, new);

	if (!opts)
		return compat_pointer((errno = EINVAL, NULL));
	new.cpu_cnt = opts->cpu_cnt;
	new.cpus = opts->cpus;
	new.map_keys = opts->map_keys;
	return compat_pointer(perf_buffer__new_raw(map_fd, page_cnt, opts->attr, opts->event_cb,
						   opts->ctx, &new));
}

/* Those with six arguments: here the options begin with their size. */
struct perf_buffer *compat_now_perf_buffer__new(int map_fd, size_t page_cnt,
						perf_buffer_sample_fn sample_cb,
						perf_buffer_lost_fn lost_cb, void *ctx,
						const struct compat_perf_buffer_opts *opts)
{
	return compat_pointer(perf_buffer__new(map_fd, page_cnt, sample_cb, lost_cb, ctx,
					       (const void *)opts));
}

struct perf_buffer *compat_now_perf_buffer__new_raw(int map_fd, size_t page_cnt,
						    struct perf_event_attr *attr,
						    perf_buffer_event_fn event_cb, void *ctx,
						    const struct compat_perf_buffer_raw_opts *opts)
{
	return compat_pointer(perf_buffer__new_raw(map_fd, page_cnt, attr, event_cb, ctx,
						   (const void *)opts));
}

/*
 * @mmap_size is the size of the data, a power of two, without the page in front of it.  A
 * record that wraps around is copied to *@copy_mem, which the caller frees.
 */
enum bpf_perf_event_ret
bpf_perf_event_read_simple(void *mmap_mem, size_t mmap_size, size_t page_size, void **copy_mem,
			   size_t *copy_size, bpf_perf_event_print_t fn, void *private_data)
{
	struct perf_event_mmap_page *page = mmap_mem;
	enum bpf_perf_event_ret ret = LIBBPF_PERF_EVENT_CONT;
	__u64 head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	__u64 tail = page->data_tail;
	char *data = (char *)mmap_mem + page_size;

	while (tail != head && ret == LIBBPF_PERF_EVENT_CONT) {
		size_t at = tail & (mmap_size - 1), left = mmap_size - at;
		struct perf_event_header *event = (void *)(data + at);
		size_t size = event->size;

		if (size > left) {
			if (*copy_size < size) {
				free(*copy_mem);
				*copy_mem = malloc(size);
				*copy_size = *copy_mem ? size : 0;
			}
			if (!*copy_mem) {
				ret = LIBBPF_PERF_EVENT_ERROR;
				break;
			}
			memcpy(*copy_mem, event, left);
			memcpy((char *)*copy_mem + left, data, size - left);
			event = *copy_mem;
		}
		ret = fn(event, private_data);
		tail += size;
	}
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
	return ret;
}
